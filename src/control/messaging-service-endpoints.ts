import { z } from 'zod';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { createMessagingService } from '../messages/create-messaging-service.ts';
import {
  MAX_SERVICE_NUMBERS,
  MESSAGING_SERVICE,
  presentMessagingService,
} from '../messages/messaging-service.ts';
import { demandAccount, phoneNumberText, sidText } from './control-fields.ts';

export const messagingServiceEndpoints = [
  controlEndpoint({
    id: 'ControlCreateMessagingService',
    summary: 'Makes a messaging service of an account, with all its numbers or with some of them',
    method: 'POST',
    path: '/_tieline/messaging_services',
    status: 201,
    input: z.strictObject({
      account_sid: sidText('AC'),
      sid: sidText('MG').optional(),
      phone_numbers: z
        .array(phoneNumberText, { error: 'must be a list of phone numbers' })
        .max(MAX_SERVICE_NUMBERS, `must hold at most ${MAX_SERVICE_NUMBERS} numbers`)
        .describe('The default is every number of the account')
        .optional(),
    }),
    output: MESSAGING_SERVICE,
    async handle(call) {
      const { account_sid, ...wanted } = call.input;
      const account = await demandAccount(call.tx, account_sid);
      return presentMessagingService(await createMessagingService(call, account, wanted));
    },
  }),
];
