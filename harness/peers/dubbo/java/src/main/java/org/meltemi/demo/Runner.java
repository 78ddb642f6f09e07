package org.meltemi.demo;

import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.service.GenericException;
import org.apache.dubbo.rpc.service.GenericService;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Makes the calls of one command and tells what came back. */
final class Runner {
    private static final int STACK_BYTES = 256 << 10;
    private static final int MAX_CAUSES = 10;

    private Runner() {}

    /** {"id","ok":true,"value","responseAttachments"}; a failed call throws. */
    static JSONObject once(References references, Command command) throws Throwable {
        Object value = call(references, command, 0);
        Map<String, Object> attachments = new TreeMap<>(RpcContext.getClientResponseContext().getObjectAttachments());
        return new JSONObject().fluentPut("id", command.id).fluentPut("ok", true).fluentPut("value", value)
            .fluentPut("responseAttachments", Values.toJson(attachments));
    }

    /** {"id","ok","results":{value: count},"errors":{"class: text": count},"millis"}; ok: no call failed. */
    static JSONObject many(References references, Command command) throws InterruptedException {
        Map<String, LongAdder> results = new ConcurrentHashMap<>();
        Map<String, LongAdder> errors = new ConcurrentHashMap<>();
        AtomicInteger next = new AtomicInteger();
        Runnable worker = () -> {
            for (int n; (n = next.getAndIncrement()) < command.count; ) count(references, command, n, results, errors);
        };
        long start = System.nanoTime();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < Math.min(command.concurrency, command.count); i++) {
            Thread thread = new Thread(null, worker, "call-" + i, STACK_BYTES);
            workers.add(thread);
            thread.start();
        }
        for (Thread thread : workers) thread.join();
        return new JSONObject().fluentPut("id", command.id).fluentPut("ok", errors.isEmpty()).fluentPut("results", counts(results))
            .fluentPut("errors", counts(errors)).fluentPut("millis", (System.nanoTime() - start) / 1_000_000);
    }

    /** {"id","ok":false,"error","class","cause"}; cause: the first line of the innermost text, which a server or proxy wrote. */
    static JSONObject failed(Object id, Throwable failure) {
        return new JSONObject().fluentPut("id", id).fluentPut("ok", false).fluentPut("error", failure.getMessage()).fluentPut("class", className(failure))
            .fluentPut("cause", cause(failure));
    }

    private static Map<String, Long> counts(Map<String, LongAdder> adders) {
        Map<String, Long> sorted = new TreeMap<>();
        adders.forEach((text, adder) -> sorted.put(text, adder.sum()));
        return sorted;
    }

    private static void count(References references, Command command, int n, Map<String, LongAdder> results, Map<String, LongAdder> errors) {
        try {
            String text = Values.numberOut(Values.text(call(references, command, n)), command.call(n), n);
            results.computeIfAbsent(text, key -> new LongAdder()).increment();
        } catch (Throwable failure) {
            String text = className(failure) + ": " + cause(failure);
            errors.computeIfAbsent(text, key -> new LongAdder()).increment();
        }
    }

    private static Object call(References references, Command command, int n) throws Throwable {
        Command.Call call = command.call(n);
        Object proxy = references.proxy(command);
        JSONArray args = Values.numberIn(call.args(), n);
        RpcContext.getClientAttachment().clearAttachments();
        call.attachments().forEach((key, value) -> RpcContext.getClientAttachment().setAttachment(key, Values.numberIn(value, n)));
        if (command.generic) return Values.toJson(generic((GenericService) proxy, command.async, call.method(), args));
        Method method = Interfaces.method(call.method());
        try {
            return Values.toJson(method.invoke(proxy, Values.arguments(method, args)));
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static Object generic(GenericService proxy, boolean async, String name, JSONArray args) throws Exception {
        Method method = Interfaces.methods().contains(name) ? Interfaces.method(name) : null;
        String[] types = new String[args.size()];
        for (int i = 0; i < types.length; i++) types[i] = method == null ? args.get(i).getClass().getName() : method.getParameterTypes()[i].getName();
        Object[] values = method == null ? args.toArray() : Values.genericArguments(method, args);
        return async ? proxy.$invokeAsync(name, types, values).get() : proxy.$invoke(name, types, values);
    }

    private static String className(Throwable failure) {
        return failure instanceof GenericException generic ? generic.getExceptionClass() : failure.getClass().getName();
    }

    private static String cause(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; depth < MAX_CAUSES && cause.getCause() != null; depth++) cause = cause.getCause();
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
