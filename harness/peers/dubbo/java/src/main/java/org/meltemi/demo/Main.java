package org.meltemi.demo;

import java.util.HashMap;
import java.util.Map;

/**
 * `server`, `client`, `write` or `read`, then options `--name value`; what they mean is told by Server, Client, Writer and Reader.
 * Standard output carries JSON lines only (of `write`, frames), all logs go to standard error.
 */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i < args.length; i += 2) {
            if (!args[i].startsWith("--") || i + 1 == args.length) throw new IllegalArgumentException("expected --name value, found: " + args[i]);
            options.put(args[i].substring(2), args[i + 1]);
        }
        switch (args.length == 0 ? "" : args[0]) {
            case "server" -> Server.run(options);
            case "client" -> new Client(options).run();
            case "write" -> Writer.run(options);
            case "read" -> Reader.run();
            default -> throw new IllegalArgumentException("expected server, client, write or read, found: " + String.join(" ", args));
        }
    }

    /**
     * Dubbo replaces the texts "127.0.0.1" and "localhost" by the machine's own address when it binds and when it
     * dials; the same address as one number stays loopback.
     */
    static String loopback(String host) {
        return host.equals("127.0.0.1") || host.equals("localhost") ? "2130706433" : host;
    }
}
