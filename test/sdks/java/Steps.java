import com.twilio.exception.ApiException;
import java.util.List;
import java.util.Objects;

/** Runs steps by name, prints a line for each, and has their comparisons. */
final class Steps {
  interface Work {
    void run() throws Exception;
  }

  private static int failures = 0;

  private Steps() {}

  static void step(String name, Work work) {
    try {
      work.run();
      System.out.println("ok " + name);
    } catch (Exception error) {
      System.out.println("failed " + name + " " + error.toString().replaceAll("\\s+", " "));
      failures += 1;
    }
  }

  static int exitStatus() {
    return failures == 0 ? 0 : 1;
  }

  static void equal(Object actual, Object expected) {
    if (!Objects.equals(actual, expected)) {
      throw new IllegalStateException(actual + " is not " + expected);
    }
  }

  /** The only item. A ResourceSet requests further pages while it is read. */
  static <T> T only(Iterable<T> found) {
    List<T> all = all(found);
    equal(all.size(), 1);
    return all.get(0);
  }

  static <T> List<T> all(Iterable<T> found) {
    List<T> all = new java.util.ArrayList<>();
    found.forEach(all::add);
    return all;
  }

  /** Expects the SDK's own exception, with the status and the code of the answer. */
  static void refused(int status, int code, Work work) throws Exception {
    try {
      work.run();
    } catch (ApiException error) {
      equal(error.getStatusCode(), status);
      equal(error.getCode(), code);
      return;
    }
    throw new IllegalStateException("was not refused");
  }
}
