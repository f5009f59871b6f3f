import static java.util.stream.Collectors.toSet;

import com.twilio.http.TwilioRestClient;
import com.twilio.rest.voice.v1.ByocTrunk;
import com.twilio.rest.voice.v1.ConnectionPolicy;
import com.twilio.rest.voice.v1.connectionpolicy.ConnectionPolicyTarget;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Makes connection policies with targets, and a trunk, in the account that logs in. */
final class Voice {
  private static String policy;
  private static String target;
  private static String trunk;

  private Voice() {}

  static void policies(TwilioRestClient client, String mark) {
    Steps.step(
        "CreateConnectionPolicy",
        () -> {
          for (String name : List.of("one", "two", "three")) {
            ConnectionPolicy made = ConnectionPolicy.creator().setFriendlyName(name).create(client);
            Steps.equal(made.getFriendlyName(), name);
            policy = made.getSid();
          }
        });
    Steps.step(
        "FetchConnectionPolicy",
        () -> {
          ConnectionPolicy found = ConnectionPolicy.fetcher(policy).fetch(client);
          Steps.equal(found.getFriendlyName(), "three");
        });
    Steps.step(
        "UpdateConnectionPolicy",
        () -> {
          ConnectionPolicy changed =
              ConnectionPolicy.updater(policy).setFriendlyName(mark).update(client);
          Steps.equal(changed.getFriendlyName(), mark);
        });
    Steps.step(
        "ListConnectionPolicy",
        () -> {
          List<ConnectionPolicy> found =
              Steps.all(ConnectionPolicy.reader().pageSize(2).read(client));
          Set<String> names =
              found.stream().map(ConnectionPolicy::getFriendlyName).collect(toSet());
          Steps.equal(names, Set.of(mark, "one", "two"));
        });
    targets(client);
    Steps.step(
        "CreateByocTrunk",
        () -> {
          ByocTrunk made = ByocTrunk.creator().setConnectionPolicySid(policy).create(client);
          Steps.equal(made.getConnectionPolicySid(), policy);
          trunk = made.getSid();
        });
    Steps.step(
        "DeleteConnectionPolicy 409/20409",
        () ->
            Steps.refused(409, 20409, () -> ConnectionPolicy.deleter(policy).delete(client)));
    Steps.step(
        "DeleteByocTrunk", () -> Steps.equal(ByocTrunk.deleter(trunk).delete(client), true));
    Steps.step(
        "DeleteConnectionPolicy",
        () -> Steps.equal(ConnectionPolicy.deleter(policy).delete(client), true));
  }

  private static void targets(TwilioRestClient client) {
    Steps.step(
        "CreateConnectionPolicyTarget",
        () -> {
          URI gateway = URI.create("sip:gateway.example.com:5060");
          ConnectionPolicyTarget made =
              ConnectionPolicyTarget.creator(policy, gateway).setWeight(20).create(client);
          Steps.equal(made.getWeight(), 20);
          target = made.getSid();
        });
    Steps.step(
        "ListConnectionPolicyTarget",
        () -> {
          ConnectionPolicyTarget found =
              Steps.only(ConnectionPolicyTarget.reader(policy).read(client));
          Steps.equal(found.getSid(), target);
        });
    Steps.step(
        "UpdateConnectionPolicyTarget",
        () -> {
          ConnectionPolicyTarget changed =
              ConnectionPolicyTarget.updater(policy, target).setWeight(30).update(client);
          Steps.equal(changed.getWeight(), 30);
        });
    Steps.step(
        "DeleteConnectionPolicyTarget",
        () -> {
          boolean gone = ConnectionPolicyTarget.deleter(policy, target).delete(client);
          Steps.equal(gone, true);
        });
  }
}
