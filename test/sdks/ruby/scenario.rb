# The program of a Connect app's developer. It knows its credentials and its settings, and not the
# address of the API.

require 'twilio-ruby'
require_relative 'steps'

$stdout.sync = true

ACCOUNT = ENV.fetch('TWILIO_ACCOUNT_SID')
TOKEN = ENV.fetch('TWILIO_AUTH_TOKEN')
APP = ENV.fetch('SCENARIO_CONNECT_APP_SID')
AUTHORIZED_APP = ENV.fetch('SCENARIO_AUTHORIZED_APP_SID')
TO = ENV.fetch('SCENARIO_TO')
MARK = ENV.fetch('SCENARIO_MARK')

ANSWER_SECONDS = 10

client = Twilio::REST::Client.new(ACCOUNT, TOKEN)
customer = Twilio::REST::Client.new(ENV.fetch('SCENARIO_SUBACCOUNT_SID'), TOKEN)
own = customer.api.v2010.account
# Results of steps that later steps need.
found = {}

step('FetchAccount') { equal(client.api.v2010.accounts(ACCOUNT).fetch.status, 'active') }
step('ListConnectApp') { equal(client.connect_apps.list.map(&:sid).include?(APP), true) }
step('FetchConnectApp') { equal(client.connect_apps(APP).fetch.permissions, %w[get-all post-all]) }
step('UpdateConnectApp') { equal(client.connect_apps(APP).update(description: MARK).description, MARK) }
step('ListAuthorizedConnectApp') do
  equal(client.authorized_connect_apps.list.map(&:connect_app_sid), [AUTHORIZED_APP])
end
step('FetchAuthorizedConnectApp') do
  equal(client.authorized_connect_apps(AUTHORIZED_APP).fetch.connect_app_company_name, 'Another company')
end

step('ListAvailablePhoneNumberLocal') do
  offered = customer.available_phone_numbers('US').local.list(limit: 2)
  equal(offered.size, 2)
  found[:number] = offered.first.phone_number
end
step('CreateIncomingPhoneNumber') do
  bought = customer.incoming_phone_numbers.create(phone_number: found[:number], friendly_name: MARK)
  equal(bought.phone_number, found[:number])
  equal(bought.capabilities['sms'], true)
end

step('CreateMessage') do
  bodies = (1..5).map { |n| "#{MARK} #{n}" }
  sent = bodies.map { |body| customer.messages.create(from: found[:number], to: TO, body: body) }
  equal(sent.map(&:body), bodies)
  found[:messages] = sent.map(&:sid)
end
step('FetchMessage') do
  message = customer.messages(found[:messages].last).fetch
  equal([message.body, message.num_segments], ["#{MARK} 5", '1'])
end
step('ListMessage') do
  equal(customer.messages.list(page_size: 2).map(&:sid), found[:messages].reverse)
end

step('CreateCall') do
  twiml = "<Response><Say>Hello</Say><Redirect>#{ENV.fetch('SCENARIO_HOLD_URL')}</Redirect></Response>"
  call = customer.calls.create(from: found[:number], to: TO, twiml: twiml)
  equal(call.status, 'queued')
  found[:call] = call.sid
end
step('FetchCall') do
  late = Time.now + ANSWER_SECONDS
  until customer.calls(found[:call]).fetch.status == 'in-progress'
    raise 'nobody answered' if Time.now > late

    sleep 0.1
  end
end
step('ListCall') { equal(customer.calls.list(status: 'in-progress').map(&:sid), [found[:call]]) }
step('UpdateCall') { equal(customer.calls(found[:call]).update(status: 'completed').status, 'completed') }

step('ListUsageRecord') do
  categories = own.usage.records.list(page_size: 100).map(&:category).uniq
  equal(categories.size > 300 && categories.include?('totalprice'), true)
end
step('ListUsageRecord category') do
  equal(own.usage.records.list(category: 'sms-outbound').map(&:count), ['5'])
end
step('ListUsageRecordDaily') do
  equal(own.usage.records.daily.list(category: 'sms-outbound', limit: 1).map(&:count), ['5'])
end

create_trigger = lambda do |value, **options|
  own.usage.triggers.create(
    callback_url: 'https://example.com/usage', trigger_value: value, usage_category: 'calls', **options
  )
end
step('CreateUsageTrigger') do
  trigger = create_trigger.call('1000', friendly_name: 'first')
  equal(trigger.trigger_value, '1000')
  found[:trigger] = trigger.sid
end
step('FetchUsageTrigger') { equal(own.usage.triggers(found[:trigger]).fetch.friendly_name, 'first') }
step('UpdateUsageTrigger') do
  equal(own.usage.triggers(found[:trigger]).update(friendly_name: MARK).friendly_name, MARK)
end
step('ListUsageTrigger') { equal(own.usage.triggers.list.map(&:sid), [found[:trigger]]) }
step('DeleteUsageTrigger') { equal(own.usage.triggers(found[:trigger]).delete, true) }

voice = client.voice.v1
step('CreateConnectionPolicy') do
  %w[one two three].each do |name|
    policy = voice.connection_policies.create(friendly_name: name)
    equal(policy.friendly_name, name)
    found[:policy] = policy.sid
  end
end
step('FetchConnectionPolicy') do
  equal(voice.connection_policies(found[:policy]).fetch.friendly_name, 'three')
end
step('UpdateConnectionPolicy') do
  equal(voice.connection_policies(found[:policy]).update(friendly_name: MARK).friendly_name, MARK)
end
step('ListConnectionPolicy') do
  equal(voice.connection_policies.list(page_size: 2).map(&:friendly_name).sort, [MARK, 'one', 'two'].sort)
end
step('CreateConnectionPolicyTarget') do
  targets = voice.connection_policies(found[:policy]).targets
  target = targets.create(target: 'sip:gateway.example.com:5060', weight: 20)
  equal(target.weight, 20)
  found[:target] = target.sid
end
step('ListConnectionPolicyTarget') do
  equal(voice.connection_policies(found[:policy]).targets.list.map(&:sid), [found[:target]])
end
step('UpdateConnectionPolicyTarget') do
  equal(voice.connection_policies(found[:policy]).targets(found[:target]).update(weight: 30).weight, 30)
end
step('DeleteConnectionPolicyTarget') do
  equal(voice.connection_policies(found[:policy]).targets(found[:target]).delete, true)
end

step('CreateByocTrunk') do
  trunk = voice.byoc_trunks.create(connection_policy_sid: found[:policy])
  equal(trunk.connection_policy_sid, found[:policy])
  found[:trunk] = trunk.sid
end
step('DeleteConnectionPolicy 409/20409') do
  refused(409, 20_409) { voice.connection_policies(found[:policy]).delete }
end
step('DeleteByocTrunk') { equal(voice.byoc_trunks(found[:trunk]).delete, true) }
step('DeleteConnectionPolicy') { equal(voice.connection_policies(found[:policy]).delete, true) }

step('CreateUsageTrigger 400/20001') { refused(400, 20_001) { create_trigger.call('many') } }
step('FetchAccount 401/20003') do
  stranger = Twilio::REST::Client.new(ACCOUNT, '0' * 32)
  refused(401, 20_003) { stranger.api.v2010.accounts(ACCOUNT).fetch }
end
step('CreateNewKey 403/20403') { refused(403, 20_403) { own.new_keys.create } }
step('FetchMessage 404/20404') { refused(404, 20_404) { customer.messages("SM#{'0' * 32}").fetch } }
step('DeleteConnectApp 405/20004') { refused(405, 20_004) { client.connect_apps(APP).delete } }

run
