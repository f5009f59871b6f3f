#!/bin/sh
# The steps of a developer at a terminal. The script knows its credentials and its settings, and not
# the address of the API. The first and the last command are programs of their own. The others run in
# one process (session.mjs), because each start of the program takes a second of the processor.
set -u
here=$(dirname "$0")

app=$SCENARIO_CONNECT_APP_SID
other=$SCENARIO_AUTHORIZED_APP_SID
mark=$SCENARIO_MARK
failures=0
answer=

# call PATTERN COMMAND PARAMETERS…: whether the command succeeds and its JSON has the text.
call() {
  call_pattern=$1 call_command=$2
  shift 2
  answer=$(twilio "api:$call_command" -o json "$@" 2>&1) || return 1
  printf %s "$answer" | grep -q -- "$call_pattern"
}

# refuse CODE COMMAND PARAMETERS…: whether the command fails with the code in its JSON.
refuse() {
  refuse_code=$1 refuse_command=$2
  shift 2
  answer=$(twilio "api:$refuse_command" -o json "$@" 2>&1) && return 1
  printf %s "$answer" | grep -q "\"code\": $refuse_code"
}

# step NAME call|refuse …: prints the outcome.
step() {
  name=$1
  shift
  if "$@"; then
    echo "ok $name"
  else
    echo "failed $name $(printf %s "$answer" | tr '\n' ' ' | cut -c 1-300)"
    failures=1
  fi
}

# all NAME ROWS PATTERN COMMAND PARAMETERS…: whether so many rows of a list fit the pattern.
all() {
  all_rows=$1 all_pattern=$2 all_command=$3
  shift 3
  call '' "$all_command" --no-limit "$@" &&
    [ "$(printf %s "$answer" | grep -c -- "$all_pattern")" -ge "$all_rows" ]
}

# The first value of a field in the last answer.
field() {
  printf %s "$answer" | sed -n "s/.*\"$1\": \"\([^\"]*\)\".*/\1/p" | head -n 1
}

# as SID: selects the account of the next commands. The CLI reads its credentials from the environment.
as() {
  export TWILIO_ACCOUNT_SID="$1"
}

# in_session: lets a session run the commands that follow.
in_session() {
  folder=$(mktemp -d)
  mkfifo "$folder/to" "$folder/from"
  node "$here/session.mjs" "$(command -v twilio)" "$folder/asked" "$folder/answered" \
    <"$folder/to" >"$folder/from" &
  exec 3>"$folder/to" 4<"$folder/from"
  twilio() {
    printf '%s\0' "$TWILIO_ACCOUNT_SID" "$TWILIO_AUTH_TOKEN" "$@" >"$folder/asked"
    echo >&3
    read -r status <&4 || return 1
    cat "$folder/answered"
    return "$status"
  }
}

# alone: lets each command that follows be a program of its own.
alone() {
  exec 3>&- 4<&-
  unset -f twilio
  rm -r "$folder"
}

me=$TWILIO_ACCOUNT_SID
step FetchAccount call '"status": "active"' core:accounts:fetch --sid "$me"
in_session
step ListConnectApp call "$app" core:connect-apps:list
step FetchConnectApp call get-all core:connect-apps:fetch --sid "$app"
step UpdateConnectApp call "$mark" core:connect-apps:update --sid "$app" --description "$mark" \
  --properties description
step ListAuthorizedConnectApp call "$other" core:authorized-connect-apps:list
step FetchAuthorizedConnectApp call 'Another company' core:authorized-connect-apps:fetch \
  --connect-app-sid "$other"

as "$SCENARIO_SUBACCOUNT_SID"
step ListAvailablePhoneNumberLocal call '"phoneNumber"' core:available-phone-numbers:local:list \
  --country-code US --limit 1
number=$(field phoneNumber)
step CreateIncomingPhoneNumber call "$mark" core:incoming-phone-numbers:create \
  --phone-number "$number" --friendly-name "$mark"

send() {
  for n in 1 2 3 4 5; do
    call "$mark $n" core:messages:create --from "$number" --to "$SCENARIO_TO" --body "$mark $n" ||
      return 1
  done
}
step CreateMessage send
message=$(field sid)
step FetchMessage call "$mark 5" core:messages:fetch --sid "$message"
step ListMessage all 5 "\"body\": \"$mark" core:messages:list --page-size 2

step CreateCall call '"status": "queued"' core:calls:create --from "$number" \
  --to "$SCENARIO_TO" \
  --twiml "<Response><Say>Hello</Say><Redirect>$SCENARIO_HOLD_URL</Redirect></Response>"
call=$(field sid)
answered() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    call '"status": "in-progress"' core:calls:fetch --sid "$call" && return
  done
  return 1
}
step FetchCall answered
step ListCall call "$call" core:calls:list --status in-progress
step UpdateCall call '"status": "completed"' core:calls:update --sid "$call" --status completed

step ListUsageRecord all 301 '"category":' core:usage:records:list --page-size 100
step 'ListUsageRecord category' call '"count": "5"' core:usage:records:list \
  --category sms-outbound
step ListUsageRecordDaily call '"count": "5"' core:usage:records:daily:list \
  --category sms-outbound --limit 1
trigger() {
  "$1" "$2" core:usage:triggers:create --usage-category calls --friendly-name first \
    --callback-url https://example.com/usage --trigger-value "$3"
}
step CreateUsageTrigger trigger call '"triggerValue": "1000"' 1000
trigger=$(field sid)
step FetchUsageTrigger call '"first"' core:usage:triggers:fetch --sid "$trigger"
step UpdateUsageTrigger call "$mark" core:usage:triggers:update --sid "$trigger" \
  --friendly-name "$mark"
step ListUsageTrigger call "$trigger" core:usage:triggers:list
step DeleteUsageTrigger call '' core:usage:triggers:remove --sid "$trigger"

as "$me"
policies=voice:v1:connection-policies
name_policies() {
  for one in one two three; do
    call "\"$one\"" $policies:create --friendly-name "$one" || return 1
  done
}
step CreateConnectionPolicy name_policies
policy=$(field sid)
step FetchConnectionPolicy call '"three"' $policies:fetch --sid "$policy"
step UpdateConnectionPolicy call "$mark" $policies:update --sid "$policy" --friendly-name "$mark"
step ListConnectionPolicy all 3 '"friendlyName":' $policies:list --page-size 2
step CreateConnectionPolicyTarget call '"weight": 20' $policies:targets:create \
  --connection-policy-sid "$policy" --target sip:gateway.example.com:5060 --weight 20
target=$(field sid)
step ListConnectionPolicyTarget call "$target" $policies:targets:list \
  --connection-policy-sid "$policy"
step UpdateConnectionPolicyTarget call '"weight": 30' $policies:targets:update \
  --connection-policy-sid "$policy" --sid "$target" --weight 30
step DeleteConnectionPolicyTarget call '' $policies:targets:remove \
  --connection-policy-sid "$policy" --sid "$target"
step CreateByocTrunk call "$policy" voice:v1:byoc-trunks:create --connection-policy-sid "$policy"
trunk=$(field sid)
step 'DeleteConnectionPolicy 409/20409' refuse 20409 $policies:remove --sid "$policy"
step DeleteByocTrunk call '' voice:v1:byoc-trunks:remove --sid "$trunk"
step DeleteConnectionPolicy call '' $policies:remove --sid "$policy"

step 'DeleteConnectApp 405/20004' refuse 20004 core:connect-apps:remove --sid "$app"
as "$SCENARIO_SUBACCOUNT_SID"
zeros=00000000000000000000000000000000
step 'CreateUsageTrigger 400/20001' trigger refuse 20001 many
step 'CreateNewKey 403/20403' refuse 20403 core:keys:create
step 'FetchMessage 404/20404' refuse 20404 core:messages:fetch --sid "SM$zeros"
alone
as "$me"
export TWILIO_AUTH_TOKEN=$zeros
step 'FetchAccount 401/20003' refuse 20003 core:accounts:fetch --sid "$me"
exit $failures
