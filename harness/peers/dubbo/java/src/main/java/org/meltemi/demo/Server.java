package org.meltemi.demo;

import com.alibaba.fastjson2.JSONObject;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Offers Demo 1.0.0. Options: --port (0: any free one), --name, --interface (Demo under another name),
 * --group, --version, --serialization (hessian2), --heartbeat ms, --payload bytes, --threads n, --registry URL, --register-mode
 * (interface, instance, all), --application NAME, --weight n, --parameters a=b,c=d, --also INTERFACE:VERSION (another service, whose
 * name is `secret`; both then tell each call on standard error: `ran NAME METHOD`). Prints {"ready":true,"port":P,"name":N}; ends on
 * SIGTERM by Dubbo's own graceful shutdown, which waits `-Ddubbo.service.shutdown.wait` ms at most.
 */
final class Server {
    private Server() {}

    static void run(Map<String, String> options) throws Exception {
        String name = options.getOrDefault("name", "server");
        int port = port(Integer.parseInt(options.getOrDefault("port", "0")));
        DubboBootstrap bootstrap = DubboBootstrap.getInstance()
            .application(application(options, name))
            .registry(new RegistryConfig(options.getOrDefault("registry", "N/A")))
            .protocol(protocol(options, port))
            .service(service(options, name, options.containsKey("also")));
        if (options.containsKey("also")) bootstrap.service(also(options.get("also").split(":")));
        bootstrap.start();
        Lines.print(new JSONObject().fluentPut("ready", true).fluentPut("port", port).fluentPut("name", name));
        bootstrap.await();
    }

    static ApplicationConfig application(String name) {
        ApplicationConfig application = new ApplicationConfig(name);
        application.setQosEnable(false);
        application.setEnableFileCache(false);
        return application;
    }

    private static ApplicationConfig application(Map<String, String> options, String name) {
        ApplicationConfig application = application(options.getOrDefault("application", "meltemi-" + name));
        if (options.containsKey("register-mode")) application.setRegisterMode(options.get("register-mode"));
        return application;
    }

    private static ProtocolConfig protocol(Map<String, String> options, int port) {
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        protocol.setHost(Main.loopback("127.0.0.1"));
        String serialization = options.getOrDefault("serialization", "hessian2");
        protocol.setSerialization(serialization);
        protocol.setPreferSerialization(serialization);
        if (options.containsKey("heartbeat")) protocol.setHeartbeat(Integer.valueOf(options.get("heartbeat")));
        if (options.containsKey("payload")) protocol.setPayload(Integer.valueOf(options.get("payload")));
        protocol.setThreads(Integer.valueOf(options.getOrDefault("threads", "200")));
        return protocol;
    }

    private static ServiceConfig<Object> also(String[] named) throws Exception {
        return service(Map.of("interface", named[0], "version", named[1]), "secret", true);
    }

    private static ServiceConfig<Object> service(Map<String, String> options, String name, boolean tells) throws Exception {
        Class<?> type = Interfaces.named(options.getOrDefault("interface", Demo.class.getName()));
        ServiceConfig<Object> service = new ServiceConfig<>();
        service.setInterface(type);
        service.setRef(Interfaces.as(type, new DemoService(name, tells)));
        service.setVersion(options.getOrDefault("version", "1.0.0"));
        if (options.containsKey("weight")) service.setWeight(Integer.valueOf(options.get("weight")));
        if (options.containsKey("parameters")) service.setParameters(parameters(options.get("parameters")));
        if (options.containsKey("group")) service.setGroup(options.get("group"));
        return service;
    }

    private static Map<String, String> parameters(String text) {
        return Arrays.stream(text.split(",")).map(pair -> pair.split("=", 2)).collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    /** Dubbo cannot tell which port 0 became, so a free one is looked for. */
    private static int port(int wanted) throws Exception {
        if (wanted != 0) return wanted;
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
