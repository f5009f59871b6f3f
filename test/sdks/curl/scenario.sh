#!/bin/sh
# The steps of a developer without an SDK: curl, and sed for the one field that is needed next. The
# script knows its credentials, its settings and the addresses of the API's reference.
set -u

own=https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID
theirs=https://api.twilio.com/2010-04-01/Accounts/$SCENARIO_SUBACCOUNT_SID
voice=https://voice.twilio.com/v1
me=$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN
customer=$SCENARIO_SUBACCOUNT_SID:$TWILIO_AUTH_TOKEN
mark=$SCENARIO_MARK
failures=0
answer=

# fetch LOGIN STATUS PATTERN CURL-PARAMETERS…: whether the answer has the status and the text.
fetch() {
  fetch_login=$1 fetch_status=$2 fetch_pattern=$3
  shift 3
  answer=$(curl --silent --show-error --user "$fetch_login" --write-out '\n%{http_code}' "$@" 2>&1)
  case $(printf %s "$answer" | tail -n 1) in
    "$fetch_status") printf %s "$answer" | grep -q -- "$fetch_pattern" ;;
    *) false ;;
  esac
}

# step NAME LOGIN STATUS PATTERN CURL-PARAMETERS…: the same, and prints the outcome.
step() {
  name=$1
  shift
  if fetch "$@"; then
    echo "ok $name"
  else
    echo "failed $name $(printf %s "$answer" | tr '\n' ' ')"
    failures=1
  fi
}

# The first value of a field in the last answer.
field() {
  printf %s "$answer" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}
# The first SID with a prefix in the last answer.
sid() {
  printf %s "$answer" | grep -o "$1[0-9a-f]\{32\}" | head -n 1
}
# The next page of the last answer: a path with the 2010 API, an address with the others.
next() {
  printf %s "$answer" | sed -n 's/.*"next_page_ur[il]":"\([^"]*\)".*/\1/p'
}
# pages NAME LOGIN ROWS PATTERN URL: follows every page, and counts the matches of the pattern.
pages() {
  name=$1 login=$2 rows=$3 pattern=$4 url=$5 seen=0
  while [ -n "$url" ] && fetch "$login" 200 '' --globoff "$url"; do
    seen=$((seen + $(printf %s "$answer" | grep -o -- "$pattern" | wc -l)))
    url=$(next)
    case $url in /*) url=https://api.twilio.com$url ;; esac
  done
  if [ "$seen" -ge "$rows" ]; then
    echo "ok $name"
  else
    echo "failed $name $seen rows, and not $rows"
    failures=1
  fi
}

app=$SCENARIO_CONNECT_APP_SID
step FetchAccount "$me" 200 '"status":"active"' "$own.json"
step ListConnectApp "$me" 200 "$app" "$own/ConnectApps.json"
step FetchConnectApp "$me" 200 '"get-all","post-all"' "$own/ConnectApps/$app.json"
step UpdateConnectApp "$me" 200 "$mark" "$own/ConnectApps/$app.json" -d "Description=$mark"
other=$SCENARIO_AUTHORIZED_APP_SID
step ListAuthorizedConnectApp "$me" 200 "$other" "$own/AuthorizedConnectApps.json"
step FetchAuthorizedConnectApp "$me" 200 'Another company' "$own/AuthorizedConnectApps/$other.json"

step ListAvailablePhoneNumberLocal "$customer" 200 '"phone_number"' \
  "$theirs/AvailablePhoneNumbers/US/Local.json?PageSize=1"
number=$(field phone_number)
# --data-urlencode, as the plus sign of a number would become a space.
step CreateIncomingPhoneNumber "$customer" 201 '"sms":true' "$theirs/IncomingPhoneNumbers.json" \
  --data-urlencode "PhoneNumber=$number" -d "FriendlyName=$mark"

send() {
  fetch "$customer" 201 '"status"' "$theirs/Messages.json" --data-urlencode "From=$number" \
    --data-urlencode "To=$SCENARIO_TO" --data-urlencode "Body=$mark $1"
}
if send 1 && send 2 && send 3 && send 4 && send 5; then
  echo "ok CreateMessage"
else
  echo "failed CreateMessage $answer"
  failures=1
fi
step FetchMessage "$customer" 200 "$mark 5" "$theirs/Messages/$(sid SM).json"
pages ListMessage "$customer" 5 "\"body\":\"$mark [1-5]\"" "$theirs/Messages.json?PageSize=2"

step CreateCall "$customer" 201 '"status":"queued"' "$theirs/Calls.json" \
  --data-urlencode "From=$number" --data-urlencode "To=$SCENARIO_TO" --data-urlencode \
  "Twiml=<Response><Say>Hello</Say><Redirect>$SCENARIO_HOLD_URL</Redirect></Response>"
call=$(sid CA)
tries=0
until fetch "$customer" 200 '"status":"in-progress"' "$theirs/Calls/$call.json"; do
  tries=$((tries + 1))
  [ $tries -gt 100 ] && break
  sleep 0.1
done
step FetchCall "$customer" 200 '"status":"in-progress"' "$theirs/Calls/$call.json"
step ListCall "$customer" 200 "$call" "$theirs/Calls.json?Status=in-progress"
step UpdateCall "$customer" 200 '"status":"completed"' "$theirs/Calls/$call.json" -d Status=completed

records=$theirs/Usage/Records
pages ListUsageRecord "$customer" 301 '"category":' "$records.json?PageSize=100"
step 'ListUsageRecord category' "$customer" 200 '"count":"5"' "$records.json?Category=sms-outbound"
step ListUsageRecordDaily "$customer" 200 '"count":"5"' "$records/Daily.json?Category=sms-outbound"

triggers=$theirs/Usage/Triggers
about='UsageCategory=calls&CallbackUrl=https://example.com/usage&FriendlyName=first'
step CreateUsageTrigger "$customer" 201 '"trigger_value":"1000"' "$triggers.json" \
  -d "$about&TriggerValue=1000"
trigger=$(sid UT)
step FetchUsageTrigger "$customer" 200 '"first"' "$triggers/$trigger.json"
step UpdateUsageTrigger "$customer" 200 "$mark" "$triggers/$trigger.json" -d "FriendlyName=$mark"
step ListUsageTrigger "$customer" 200 "$trigger" "$triggers.json"
step DeleteUsageTrigger "$customer" 204 '' -X DELETE "$triggers/$trigger.json"

policies=$voice/ConnectionPolicies
name_policy() {
  fetch "$me" 201 "\"$1\"" "$policies" -d "FriendlyName=$1"
}
if name_policy one && name_policy two && name_policy three; then
  echo "ok CreateConnectionPolicy"
else
  echo "failed CreateConnectionPolicy $answer"
  failures=1
fi
policy=$(sid NY)
step FetchConnectionPolicy "$me" 200 '"three"' "$policies/$policy"
step UpdateConnectionPolicy "$me" 200 "$mark" "$policies/$policy" -d "FriendlyName=$mark"
pages ListConnectionPolicy "$me" 3 "\"friendly_name\":\"\(one\|two\|$mark\)\"" \
  "$policies?PageSize=2"
targets=$policies/$policy/Targets
step CreateConnectionPolicyTarget "$me" 201 '"weight":20' "$targets" \
  -d Target=sip:gateway.example.com:5060 -d Weight=20
target=$(sid NE)
step ListConnectionPolicyTarget "$me" 200 "$target" "$targets"
step UpdateConnectionPolicyTarget "$me" 200 '"weight":30' "$targets/$target" -d Weight=30
step DeleteConnectionPolicyTarget "$me" 204 '' -X DELETE "$targets/$target"
step CreateByocTrunk "$me" 201 "$policy" "$voice/ByocTrunks" -d "ConnectionPolicySid=$policy"
trunk=$(sid BY)
step 'DeleteConnectionPolicy 409/20409' "$me" 409 '"code":20409' -X DELETE "$policies/$policy"
step DeleteByocTrunk "$me" 204 '' -X DELETE "$voice/ByocTrunks/$trunk"
step DeleteConnectionPolicy "$me" 204 '' -X DELETE "$policies/$policy"

zeros=00000000000000000000000000000000
step 'CreateUsageTrigger 400/20001' "$customer" 400 '"code":20001' "$triggers.json" \
  -d "$about&TriggerValue=many"
step 'FetchAccount 401/20003' "$TWILIO_ACCOUNT_SID:$zeros" 401 '"code":20003' "$own.json"
step 'CreateNewKey 403/20403' "$customer" 403 '"code":20403' -X POST "$theirs/Keys.json"
step 'FetchMessage 404/20404' "$customer" 404 '"code":20404' "$theirs/Messages/SM$zeros.json"
step 'DeleteConnectApp 405/20004' "$me" 405 '"code":20004' -X DELETE "$own/ConnectApps/$app.json"
exit $failures
