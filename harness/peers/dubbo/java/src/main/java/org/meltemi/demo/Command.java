package org.meltemi.demo;

import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One command: {"id","method","args","attachments","count","concurrency","oneway","generic","async","retries","cluster",
 * "timeout","variants"}; async: a generic call by $invokeAsync. Call number n of `count` uses variants[n % length], where
 * a variant overrides method, args and attachments. The text {n} in arguments and attachments stands for n.
 */
final class Command {
    final Object id;
    final int count;
    final int concurrency;
    final boolean oneway;
    final boolean generic;
    final boolean async;
    final int retries;
    final String cluster;
    final int timeout;
    private final List<Call> variants = new ArrayList<>();

    /** What one call says. */
    record Call(String method, JSONArray args, Map<String, String> attachments) {}

    Command(JSONObject line) {
        id = line.get("id");
        count = line.getIntValue("count", 1);
        concurrency = line.getIntValue("concurrency", 1);
        oneway = line.getBooleanValue("oneway");
        generic = line.getBooleanValue("generic");
        async = line.getBooleanValue("async");
        retries = line.getIntValue("retries", 0);
        cluster = line.containsKey("cluster") ? line.getString("cluster") : "failover";
        timeout = line.getIntValue("timeout", 10_000);
        JSONArray given = line.getJSONArray("variants");
        for (int i = 0; given != null && i < given.size(); i++) variants.add(call(given.getJSONObject(i), line));
        if (variants.isEmpty()) variants.add(call(line, line));
    }

    Call call(int n) { return variants.get(n % variants.size()); }

    private static Call call(JSONObject line, JSONObject common) {
        JSONArray args = line.containsKey("args") ? line.getJSONArray("args") : common.getJSONArray("args");
        JSONObject attachments = line.containsKey("attachments") ? line.getJSONObject("attachments") : common.getJSONObject("attachments");
        Map<String, String> sorted = new TreeMap<>();
        if (attachments != null) attachments.forEach((key, value) -> sorted.put(key, String.valueOf(value)));
        String method = line.containsKey("method") ? line.getString("method") : common.getString("method");
        return new Call(method, args == null ? new JSONArray() : args, sorted);
    }
}
