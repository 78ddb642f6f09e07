package org.meltemi.demo;

import org.apache.dubbo.config.MethodConfig;
import org.apache.dubbo.config.ReferenceConfig;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Dubbo's proxies, one for each way of calling; all share one TCP connection, Dubbo's default for one address. */
final class References {
    private final Map<String, String> options;
    private final Class<?> service;
    private final Map<String, Object> proxies = new ConcurrentHashMap<>();

    References(Map<String, String> options) throws Exception {
        this.options = options;
        this.service = Interfaces.named(options.getOrDefault("interface", Demo.class.getName()));
    }

    /** A Demo, or with `generic` a GenericService. */
    Object proxy(Command command) {
        String key = command.generic + "|" + command.oneway + "|" + command.retries + "|" + command.cluster + "|" + command.timeout;
        return proxies.computeIfAbsent(key, unused -> reference(command).get());
    }

    private ReferenceConfig<Object> reference(Command command) {
        ReferenceConfig<Object> reference = new ReferenceConfig<>();
        reference.setInterface(service);
        if (command.generic) reference.setGeneric("true");
        reference.setUrl("dubbo://" + Main.loopback(options.getOrDefault("host", "127.0.0.1")) + ":" + options.get("port"));
        reference.setVersion(options.getOrDefault("version", "1.0.0"));
        if (options.containsKey("group")) reference.setGroup(options.get("group"));
        reference.setCheck(false);
        reference.setRetries(command.retries);
        reference.setCluster(command.cluster);
        reference.setTimeout(command.timeout);
        reference.setParameters(parameters());
        if (command.oneway) reference.setMethods(Interfaces.methods().stream().map(References::oneway).toList());
        return reference;
    }

    private Map<String, String> parameters() {
        Map<String, String> parameters = new HashMap<>();
        String serialization = options.getOrDefault("serialization", "hessian2");
        parameters.put("serialization", serialization);
        parameters.put("prefer.serialization", serialization);
        if (options.containsKey("heartbeat")) parameters.put("heartbeat", options.get("heartbeat"));
        return parameters;
    }

    private static MethodConfig oneway(String name) {
        MethodConfig method = new MethodConfig();
        method.setName(name);
        method.setReturn(false);
        return method;
    }
}
