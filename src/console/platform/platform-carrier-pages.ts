import { listCarrierStates } from '../../carriers/carrier-health.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import { operatorPage, type Page, view } from '../../http/pages/page.ts';
import { findCarriedMessage } from '../../messages/wire/carried-message-store.ts';
import { foreseeCarriers } from '../../numbers/foresee-carrier.ts';
import { readDialledNumber } from '../../numbers/phone-number.ts';
import { PLATFORM } from '../parts/platform-frame.ts';
import { readSearchText } from '../parts/search-text.ts';
import { carriersBody, type DryRun } from './platform-carrier-views.ts';

/** The operators' page of the carriers. */

const ADDRESS_LENGTH = 64;

const carriersPage = operatorPage({
  id: 'PlatformCarriers',
  path: `${PLATFORM}/carriers`,
  async show(call) {
    const read = (name: 'to' | 'from') => {
      const text = readSearchText(call.query, name, ADDRESS_LENGTH);
      return readDialledNumber(text)?.number ?? text;
    };
    const [to, from] = [read('to'), read('from')];
    const wanted = { to, from: from === '' ? null : from, account_sid: null, grant_sid: null };
    const dry_run: DryRun | null =
      to === '' ? null : { to, from, carriers: await foreseeCarriers(call.app, call.db, wanted) };
    const asked = readSearchText(call.query, 'message', ADDRESS_LENGTH);
    const found = asked === '' ? undefined : await findCarriedMessage(call.db, asked);
    const carried = asked === '' ? null : { sid: asked, found };
    const { plan } = lineUpOf(call.app);
    const carriers = listCarrierStates(call.app);
    const body = carriersBody(call, { plan, carriers, dry_run, carried });
    return view({ title: 'Carriers', section: 'operator', body });
  },
});

export const platformCarrierPages: readonly Page[] = [carriersPage];
