import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toSet;

import com.twilio.http.TwilioRestClient;
import com.twilio.rest.api.v2010.Account;
import com.twilio.rest.api.v2010.account.AuthorizedConnectApp;
import com.twilio.rest.api.v2010.account.Call;
import com.twilio.rest.api.v2010.account.ConnectApp;
import com.twilio.rest.api.v2010.account.IncomingPhoneNumber;
import com.twilio.rest.api.v2010.account.Message;
import com.twilio.rest.api.v2010.account.NewKey;
import com.twilio.rest.api.v2010.account.availablephonenumbercountry.Local;
import com.twilio.rest.api.v2010.account.usage.Record;
import com.twilio.rest.api.v2010.account.usage.Trigger;
import com.twilio.rest.api.v2010.account.usage.TriggerCreator;
import com.twilio.rest.api.v2010.account.usage.record.Daily;
import com.twilio.type.PhoneNumber;
import com.twilio.type.Twiml;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The program of a Connect app's developer. It knows its credentials and its settings, and not the
 * address of the API.
 */
public final class Scenario {
  private static final String ACCOUNT = System.getenv("TWILIO_ACCOUNT_SID");
  private static final String TOKEN = System.getenv("TWILIO_AUTH_TOKEN");
  private static final String SUBACCOUNT = System.getenv("SCENARIO_SUBACCOUNT_SID");
  private static final String APP = System.getenv("SCENARIO_CONNECT_APP_SID");
  private static final String AUTHORIZED_APP = System.getenv("SCENARIO_AUTHORIZED_APP_SID");
  private static final PhoneNumber TO = new PhoneNumber(System.getenv("SCENARIO_TO"));
  private static final String HOLD_URL = System.getenv("SCENARIO_HOLD_URL");
  private static final String MARK = System.getenv("SCENARIO_MARK");
  private static final String CATEGORY = "sms-outbound";
  private static final long ANSWER_MS = 10_000;

  private static final TwilioRestClient client = login(ACCOUNT, TOKEN);
  private static final TwilioRestClient customer = login(SUBACCOUNT, TOKEN);
  private static PhoneNumber number;
  private static String call;
  private static String trigger;

  private Scenario() {}

  public static void main(String[] args) {
    ownThings();
    numbers();
    messages();
    calls();
    usage();
    triggers();
    Voice.policies(client, MARK);
    refusals();
    System.exit(Steps.exitStatus());
  }

  private static TwilioRestClient login(String username, String password) {
    return new TwilioRestClient.Builder(username, password).build();
  }

  private static void ownThings() {
    Steps.step(
        "FetchAccount",
        () -> {
          Account found = Account.fetcher(ACCOUNT).fetch(client);
          Steps.equal(found.getStatus(), Account.Status.ACTIVE);
        });
    Steps.step(
        "ListConnectApp",
        () -> {
          List<ConnectApp> found = Steps.all(ConnectApp.reader().read(client));
          Steps.equal(found.stream().anyMatch(app -> app.getSid().equals(APP)), true);
        });
    Steps.step(
        "FetchConnectApp",
        () -> {
          ConnectApp found = ConnectApp.fetcher(APP).fetch(client);
          Steps.equal(found.getPermissions().toString(), "[get-all, post-all]");
        });
    Steps.step(
        "UpdateConnectApp",
        () -> {
          ConnectApp changed = ConnectApp.updater(APP).setDescription(MARK).update(client);
          Steps.equal(changed.getDescription(), MARK);
        });
    Steps.step(
        "ListAuthorizedConnectApp",
        () -> {
          AuthorizedConnectApp found = Steps.only(AuthorizedConnectApp.reader().read(client));
          Steps.equal(found.getConnectAppSid(), AUTHORIZED_APP);
        });
    Steps.step(
        "FetchAuthorizedConnectApp",
        () -> {
          AuthorizedConnectApp found = AuthorizedConnectApp.fetcher(AUTHORIZED_APP).fetch(client);
          Steps.equal(found.getConnectAppCompanyName(), "Another company");
        });
  }

  private static void numbers() {
    Steps.step(
        "ListAvailablePhoneNumberLocal",
        () -> {
          List<Local> offered = Steps.all(Local.reader("US").limit(2).read(customer));
          Steps.equal(offered.size(), 2);
          number = new PhoneNumber(offered.get(0).getPhoneNumber().getEndpoint());
        });
    Steps.step(
        "CreateIncomingPhoneNumber",
        () -> {
          IncomingPhoneNumber bought =
              IncomingPhoneNumber.creator(number).setFriendlyName(MARK).create(customer);
          Steps.equal(bought.getPhoneNumber(), number);
          Steps.equal(bought.getCapabilities().getSms(), true);
        });
  }

  private static void messages() {
    List<String> sids = new ArrayList<>();
    Steps.step(
        "CreateMessage",
        () -> {
          for (int n = 1; n <= 5; n++) {
            Message sent = Message.creator(TO, number, MARK + " " + n).create(customer);
            Steps.equal(sent.getBody(), MARK + " " + n);
            sids.add(0, sent.getSid());
          }
        });
    Steps.step(
        "FetchMessage",
        () -> {
          Message found = Message.fetcher(sids.get(0)).fetch(customer);
          Steps.equal(found.getBody(), MARK + " 5");
          Steps.equal(found.getNumSegments(), "1");
        });
    Steps.step(
        "ListMessage",
        () -> {
          List<Message> found = Steps.all(Message.reader().pageSize(2).read(customer));
          Steps.equal(found.stream().map(Message::getSid).collect(toList()), sids);
        });
  }

  private static void calls() {
    Steps.step(
        "CreateCall",
        () -> {
          String document =
              "<Response><Say>Hello</Say><Redirect>" + HOLD_URL + "</Redirect></Response>";
          Call made = Call.creator(TO, number, new Twiml(document)).create(customer);
          Steps.equal(made.getStatus(), Call.Status.QUEUED);
          call = made.getSid();
        });
    Steps.step(
        "FetchCall",
        () -> {
          long late = System.nanoTime() + ANSWER_MS * 1_000_000;
          while (Call.fetcher(call).fetch(customer).getStatus() != Call.Status.IN_PROGRESS) {
            if (System.nanoTime() > late) throw new IllegalStateException("nobody answered");
            Thread.sleep(100);
          }
        });
    Steps.step(
        "ListCall",
        () -> {
          Call found =
              Steps.only(Call.reader().setStatus(Call.Status.IN_PROGRESS).read(customer));
          Steps.equal(found.getSid(), call);
        });
    Steps.step(
        "UpdateCall",
        () -> {
          Call ended =
              Call.updater(call).setStatus(Call.UpdateStatus.COMPLETED).update(customer);
          Steps.equal(ended.getStatus(), Call.Status.COMPLETED);
        });
  }

  private static void usage() {
    Steps.step(
        "ListUsageRecord",
        () -> {
          List<Record> found = Steps.all(Record.reader().pageSize(100).read(customer));
          Set<String> categories = found.stream().map(Record::getCategory).collect(toSet());
          Steps.equal(categories.size() > 300 && categories.contains("totalprice"), true);
        });
    Steps.step(
        "ListUsageRecord category",
        () -> {
          Record found = Steps.only(Record.reader().setCategory(CATEGORY).read(customer));
          Steps.equal(found.getCount(), "5");
        });
    Steps.step(
        "ListUsageRecordDaily",
        () -> {
          Daily found = Steps.only(Daily.reader().setCategory(CATEGORY).limit(1).read(customer));
          Steps.equal(found.getCount(), "5");
        });
  }

  private static TriggerCreator newTrigger(String value) {
    return Trigger.creator(URI.create("https://example.com/usage"), value, "calls");
  }

  private static void triggers() {
    Steps.step(
        "CreateUsageTrigger",
        () -> {
          Trigger made = newTrigger("1000").setFriendlyName("first").create(customer);
          Steps.equal(made.getTriggerValue(), "1000");
          trigger = made.getSid();
        });
    Steps.step(
        "FetchUsageTrigger",
        () -> Steps.equal(Trigger.fetcher(trigger).fetch(customer).getFriendlyName(), "first"));
    Steps.step(
        "UpdateUsageTrigger",
        () -> {
          Trigger changed = Trigger.updater(trigger).setFriendlyName(MARK).update(customer);
          Steps.equal(changed.getFriendlyName(), MARK);
        });
    Steps.step(
        "ListUsageTrigger",
        () -> Steps.equal(Steps.only(Trigger.reader().read(customer)).getSid(), trigger));
    Steps.step(
        "DeleteUsageTrigger",
        () -> Steps.equal(Trigger.deleter(trigger).delete(customer), true));
  }

  private static void refusals() {
    String zeros = "0".repeat(32);
    Steps.step(
        "CreateUsageTrigger 400/20001",
        () -> Steps.refused(400, 20001, () -> newTrigger("many").create(customer)));
    Steps.step(
        "FetchAccount 401/20003",
        () -> {
          TwilioRestClient stranger = login(ACCOUNT, zeros);
          Steps.refused(401, 20003, () -> Account.fetcher(ACCOUNT).fetch(stranger));
        });
    Steps.step(
        "CreateNewKey 403/20403",
        () -> Steps.refused(403, 20403, () -> NewKey.creator().create(customer)));
    Steps.step(
        "FetchMessage 404/20404",
        () -> Steps.refused(404, 20404, () -> Message.fetcher("SM" + zeros).fetch(customer)));
    Steps.step(
        "DeleteConnectApp 405/20004",
        () -> Steps.refused(405, 20004, () -> ConnectApp.deleter(APP).delete(client)));
  }
}
