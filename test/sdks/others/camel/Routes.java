import com.twilio.rest.api.v2010.account.Call;
import com.twilio.rest.api.v2010.account.Message;
import com.twilio.type.PhoneNumber;
import java.net.URI;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.twilio.TwilioComponent;
import org.apache.camel.impl.DefaultCamelContext;

/** Sends, calls and reads through Apache Camel's component for Twilio. */
public class Routes {
  private static ProducerTemplate producer;

  private static Object ask(String endpoint, Object... headers) {
    Map<String, Object> named = new HashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      named.put("CamelTwilio." + headers[i], headers[i + 1]);
    }
    return producer.requestBodyAndHeaders("twilio:" + endpoint, null, named);
  }

  private static int count(Object resources) {
    int count = 0;
    for (Object ignored : (Iterable<?>) resources) count += 1;
    return count;
  }

  public static void main(String[] arguments) throws Exception {
    TwilioComponent twilio = new TwilioComponent();
    twilio.setUsername(System.getenv("TWILIO_ACCOUNT_SID"));
    twilio.setPassword(System.getenv("TWILIO_AUTH_TOKEN"));
    twilio.setAccountSid(System.getenv("TWILIO_ACCOUNT_SID"));
    DefaultCamelContext camel = new DefaultCamelContext();
    camel.addComponent("twilio", twilio);
    camel.start();
    producer = camel.createProducerTemplate();
    PhoneNumber from = new PhoneNumber(System.getenv("OTHERS_FROM"));
    PhoneNumber to = new PhoneNumber(System.getenv("OTHERS_TO"));

    Message sent = (Message) ask("message/create", "to", to, "from", from, "body", "By Camel");
    Message read = (Message) ask("message/fetch", "pathSid", sent.getSid());
    System.out.println("message " + read.getBody());
    URI url = URI.create(System.getenv("OTHERS_URL"));
    Call made = (Call) ask("call/create", "to", to, "from", from, "url", url);
    Call found = (Call) ask("call/fetch", "pathSid", made.getSid());
    System.out.println("call " + found.getDirection());
    while (read.getDateSent() == null) {
      Thread.sleep(100);
      read = (Message) ask("message/fetch", "pathSid", sent.getSid());
    }
    ZonedDateTime day = read.getDateSent().truncatedTo(ChronoUnit.DAYS);
    System.out.println("that day " + count(ask("message/read", "dateSent", day)));
    ZonedDateTime before = day.minusDays(1);
    System.out.println("the day before " + count(ask("message/read", "dateSent", before)));
    for (String list : new String[] {"incoming-phone-number", "address", "application", "queue"}) {
      System.out.println(list + " " + count(ask(list + "/read")));
    }
    camel.stop();
    System.exit(0);
  }
}
