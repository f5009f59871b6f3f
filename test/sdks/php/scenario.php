<?php

/*
 * The program of a Connect app's developer. It knows its credentials and its settings, and not the
 * address of the API: php scenario.php FOLDER_OF_THE_SDK
 */

require $argv[1] . '/src/Twilio/autoload.php';
require __DIR__ . '/steps.php';

use Twilio\Rest\Client;

$account = getenv('TWILIO_ACCOUNT_SID');
$token = getenv('TWILIO_AUTH_TOKEN');
$app = getenv('SCENARIO_CONNECT_APP_SID');
$authorizedApp = getenv('SCENARIO_AUTHORIZED_APP_SID');
$to = getenv('SCENARIO_TO');
$mark = getenv('SCENARIO_MARK');

const ANSWER_SECONDS = 10;

$client = new Client($account, $token);
$customer = new Client(getenv('SCENARIO_SUBACCOUNT_SID'), $token);
// Results of steps that later steps need.
$found = [];

step('FetchAccount', fn () => equal($client->api->v2010->accounts($account)->fetch()->status, 'active'));
step('ListConnectApp', fn () => equal(in_array($app, each_of($client->connectApps->read(), 'sid')), true));
step('FetchConnectApp', fn () => equal($client->connectApps($app)->fetch()->permissions, ['get-all', 'post-all']));
step('UpdateConnectApp', fn () => equal(
    $client->connectApps($app)->update(['description' => $mark])->description,
    $mark,
));
step('ListAuthorizedConnectApp', fn () => equal(
    each_of($client->authorizedConnectApps->read(), 'connectAppSid'),
    [$authorizedApp],
));
step('FetchAuthorizedConnectApp', fn () => equal(
    $client->authorizedConnectApps($authorizedApp)->fetch()->connectAppCompanyName,
    'Another company',
));

step('ListAvailablePhoneNumberLocal', function () use ($customer, &$found) {
    $offered = $customer->availablePhoneNumbers('US')->local->read([], 2);
    equal(count($offered), 2);
    $found['number'] = $offered[0]->phoneNumber;
});
step('CreateIncomingPhoneNumber', function () use ($customer, $mark, &$found) {
    $bought = $customer->incomingPhoneNumbers->create(
        ['phoneNumber' => $found['number'], 'friendlyName' => $mark],
    );
    equal($bought->phoneNumber, $found['number']);
    equal($bought->capabilities->getSms(), true);
});

step('CreateMessage', function () use ($customer, $mark, $to, &$found) {
    foreach (range(1, 5) as $n) {
        $message = $customer->messages->create($to, ['from' => $found['number'], 'body' => "$mark $n"]);
        equal($message->body, "$mark $n");
        $found['messages'][] = $message->sid;
    }
});
step('FetchMessage', function () use ($customer, $mark, &$found) {
    $message = $customer->messages(end($found['messages']))->fetch();
    equal([$message->body, $message->numSegments], ["$mark 5", '1']);
});
step('ListMessage', function () use ($customer, &$found) {
    $messages = $customer->messages->read([], null, 2);
    equal(each_of($messages, 'sid'), array_reverse($found['messages']));
});

step('CreateCall', function () use ($customer, $to, &$found) {
    $hold = getenv('SCENARIO_HOLD_URL');
    $twiml = "<Response><Say>Hello</Say><Redirect>$hold</Redirect></Response>";
    $call = $customer->calls->create($to, $found['number'], ['twiml' => $twiml]);
    equal($call->status, 'queued');
    $found['call'] = $call->sid;
});
step('FetchCall', function () use ($customer, &$found) {
    $late = microtime(true) + ANSWER_SECONDS;
    while ($customer->calls($found['call'])->fetch()->status !== 'in-progress') {
        if (microtime(true) > $late) {
            throw new Exception('nobody answered');
        }
        usleep(100_000);
    }
});
step('ListCall', function () use ($customer, &$found) {
    equal(each_of($customer->calls->read(['status' => 'in-progress']), 'sid'), [$found['call']]);
});
step('UpdateCall', function () use ($customer, &$found) {
    equal($customer->calls($found['call'])->update(['status' => 'completed'])->status, 'completed');
});

step('ListUsageRecord', function () use ($customer) {
    $categories = array_unique(each_of($customer->usage->records->read([], null, 100), 'category'));
    equal(count($categories) > 300 && in_array('totalprice', $categories), true);
});
step('ListUsageRecord category', fn () => equal(
    each_of($customer->usage->records->read(['category' => 'sms-outbound']), 'count'),
    ['5'],
));
step('ListUsageRecordDaily', fn () => equal(
    each_of($customer->usage->records->daily->read(['category' => 'sms-outbound'], 1), 'count'),
    ['5'],
));

$createTrigger = fn (string $value, array $options = []) => $customer->usage->triggers->create(
    'https://example.com/usage',
    $value,
    'calls',
    $options,
);
step('CreateUsageTrigger', function () use ($createTrigger, &$found) {
    $trigger = $createTrigger('1000', ['friendlyName' => 'first']);
    equal($trigger->triggerValue, '1000');
    $found['trigger'] = $trigger->sid;
});
step('FetchUsageTrigger', function () use ($customer, &$found) {
    equal($customer->usage->triggers($found['trigger'])->fetch()->friendlyName, 'first');
});
step('UpdateUsageTrigger', function () use ($customer, $mark, &$found) {
    $trigger = $customer->usage->triggers($found['trigger'])->update(['friendlyName' => $mark]);
    equal($trigger->friendlyName, $mark);
});
step('ListUsageTrigger', function () use ($customer, &$found) {
    equal(each_of($customer->usage->triggers->read(), 'sid'), [$found['trigger']]);
});
step('DeleteUsageTrigger', function () use ($customer, &$found) {
    equal($customer->usage->triggers($found['trigger'])->delete(), true);
});

$policies = $client->voice->v1->connectionPolicies;
$policy = function () use ($client, &$found) {
    return $client->voice->v1->connectionPolicies($found['policy']);
};
step('CreateConnectionPolicy', function () use ($policies, &$found) {
    foreach (['one', 'two', 'three'] as $name) {
        $made = $policies->create(['friendlyName' => $name]);
        equal($made->friendlyName, $name);
        $found['policy'] = $made->sid;
    }
});
step('FetchConnectionPolicy', fn () => equal($policy()->fetch()->friendlyName, 'three'));
step('UpdateConnectionPolicy', fn () => equal(
    $policy()->update(['friendlyName' => $mark])->friendlyName,
    $mark,
));
step('ListConnectionPolicy', function () use ($policies, $mark) {
    $names = each_of($policies->read(null, 2), 'friendlyName');
    sort($names);
    $expected = [$mark, 'one', 'two'];
    sort($expected);
    equal($names, $expected);
});
step('CreateConnectionPolicyTarget', function () use ($policy, &$found) {
    $target = $policy()->targets->create('sip:gateway.example.com:5060', ['weight' => 20]);
    equal($target->weight, 20);
    $found['target'] = $target->sid;
});
step('ListConnectionPolicyTarget', function () use ($policy, &$found) {
    equal(each_of($policy()->targets->read(), 'sid'), [$found['target']]);
});
step('UpdateConnectionPolicyTarget', function () use ($policy, &$found) {
    equal($policy()->targets($found['target'])->update(['weight' => 30])->weight, 30);
});
step('DeleteConnectionPolicyTarget', function () use ($policy, &$found) {
    equal($policy()->targets($found['target'])->delete(), true);
});

$trunks = $client->voice->v1->byocTrunks;
step('CreateByocTrunk', function () use ($trunks, &$found) {
    $trunk = $trunks->create(['connectionPolicySid' => $found['policy']]);
    equal($trunk->connectionPolicySid, $found['policy']);
    $found['trunk'] = $trunk->sid;
});
step('DeleteConnectionPolicy 409/20409', fn () => refused(409, 20409, fn () => $policy()->delete()));
step('DeleteByocTrunk', function () use ($client, &$found) {
    equal($client->voice->v1->byocTrunks($found['trunk'])->delete(), true);
});
step('DeleteConnectionPolicy', fn () => equal($policy()->delete(), true));

step('CreateUsageTrigger 400/20001', fn () => refused(400, 20001, fn () => $createTrigger('many')));
step('FetchAccount 401/20003', function () use ($account) {
    $stranger = new Client($account, str_repeat('0', 32));
    refused(401, 20003, fn () => $stranger->api->v2010->accounts($account)->fetch());
});
step('CreateNewKey 403/20403', fn () => refused(403, 20403, fn () => $customer->newKeys->create()));
step('FetchMessage 404/20404', fn () => refused(
    404,
    20404,
    fn () => $customer->messages('SM' . str_repeat('0', 32))->fetch(),
));
step('DeleteConnectApp 405/20004', fn () => refused(405, 20004, fn () => $client->connectApps($app)->delete()));

run();
