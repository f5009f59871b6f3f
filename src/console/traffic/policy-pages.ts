import { targetsOf } from '../../carriers/carrier-health.ts';
import { accountPage, type Page, view } from '../../http/pages/page.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { readPage } from '../../pages/pager.ts';
import { findTargetsOfPolicy } from '../../voice/target-store.ts';
import { readWhose } from '../parts/whose.ts';
import {
  fetchPolicyOfTree,
  listPoliciesOfTree,
  listTrunksOfPolicies,
} from './policy-page-store.ts';
import { policiesBody, policyBody } from './policy-views.ts';

/** The pages of a customer's connection policies, with those in the subaccounts of apps. */

const POLICIES = '/console/:AccountSid/voice-routing';
const section = 'voice-routing';

const policiesPage = accountPage({
  id: 'ConnectionPolicies',
  path: POLICIES,
  async show(call) {
    const { db, account, query } = call;
    const request = readPage(query);
    const found = await listPoliciesOfTree(db, account.sid, request);
    const [whose, trunks] = await Promise.all([
      readWhose(db, found.rows),
      listTrunksOfPolicies(db, found.rows),
    ]);
    const body = policiesBody(call, { found, request, whose, trunks });
    return view({ title: 'Voice Routing', section, body });
  },
});

const policyPage = accountPage({
  id: 'ConnectionPolicy',
  path: `${POLICIES}/:PolicySid`,
  async show(call) {
    const { app, db, account, path } = call;
    const policy = orNotFound(await fetchPolicyOfTree(db, account.sid, path.PolicySid));
    const [targets, trunks, whose] = await Promise.all([
      findTargetsOfPolicy(db, policy.sid),
      listTrunksOfPolicies(db, [policy]),
      readWhose(db, [policy]),
    ]);
    const body = policyBody(call, { policy, targets, trunks, whose, states: targetsOf(app) });
    return view({ title: policy.friendly_name || 'A connection policy', section, body });
  },
});

export const policyPages: readonly Page[] = [policiesPage, policyPage];
