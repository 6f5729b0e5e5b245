package foreign;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** Reads which way of which client to go, one a line, and says how it ended; it ends when its input does. */
final class Main {
    interface Way {
        void go() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        var said = System.out;
        // What libraries print is not an answer.
        System.setOut(System.err);
        var clients = Map.of("nimbus", Nimbus.WAYS, "spring", Spring.WAYS);
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            var words = line.split(" ");
            try {
                clients.get(words[0]).get(words[1]).go();
                said.println("passed");
            } catch (Throwable error) {
                var trace = new StringWriter();
                error.printStackTrace(new PrintWriter(trace));
                said.println(trace.toString().replace("\n", "\\n"));
            }
            said.flush();
        }
        System.exit(0);
    }

    static void demand(boolean fact, Object otherwise) {
        if (!fact) throw new AssertionError(otherwise);
    }
}
