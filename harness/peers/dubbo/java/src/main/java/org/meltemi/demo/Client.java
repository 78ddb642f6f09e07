package org.meltemi.demo;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Calls Demo over one TCP connection as told by JSON lines on standard input: one command a line, one answer a line,
 * answers in the order they become ready. Options: --port, --host, --interface, --version, --group, --serialization,
 * --heartbeat ms. A command's fields are Command's. Prints {"ready":true} first; ends when standard input ends.
 */
final class Client {
    private final References references;

    Client(Map<String, String> options) throws Exception { references = new References(options); }

    void run() throws Exception {
        DubboBootstrap.getInstance()
            .application(Server.application("meltemi-client"))
            .registry(new RegistryConfig("N/A"))
            .start();
        ExecutorService commands = Executors.newCachedThreadPool();
        Lines.print(new JSONObject().fluentPut("ready", true));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            JSONObject command = JSON.parseObject(line);
            commands.execute(() -> Lines.print(answer(command)));
        }
        System.exit(0);
    }

    private JSONObject answer(JSONObject line) {
        try {
            Command command = new Command(line);
            return command.count == 1 ? Runner.once(references, command) : Runner.many(references, command);
        } catch (Throwable failure) {
            return Runner.failed(line.get("id"), failure);
        }
    }
}
