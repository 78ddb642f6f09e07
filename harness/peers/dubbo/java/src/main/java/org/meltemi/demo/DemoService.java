package org.meltemi.demo;

import com.alibaba.fastjson2.JSON;
import org.apache.dubbo.rpc.RpcContext;

import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Demo as one named server: counts calls, and puts `served-by` into every reply's attachments. */
final class DemoService implements Demo {
    private final String name;
    private final Map<String, AtomicLong> calls = new ConcurrentHashMap<>();

    private final boolean tells;

    DemoService(String name, boolean tells) {
        this.name = name;
        this.tells = tells;
    }

    @Override
    public String hello(String who) {
        enter("hello");
        return "hello " + who + " from " + name;
    }

    @Override
    public Item echo(Item item) {
        enter("echo");
        return item;
    }

    @Override
    public Map<String, Object> mix(Map<String, Object> map, List<Object> list, long big, double real, byte[] bytes, Date date) {
        enter("mix");
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("map", map);
        all.put("list", list);
        all.put("big", big);
        all.put("real", real);
        all.put("bytes", bytes);
        all.put("date", date);
        return all;
    }

    @Override
    public void boom(String text) {
        enter("boom");
        throw new DemoException(text);
    }

    @Override
    public String slow(long millis, String tag) {
        enter("slow");
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException("interrupted", interrupted);
        }
        return tag;
    }

    @Override
    public String whoami() {
        enter("whoami");
        return name;
    }

    @Override
    public String nothing() {
        enter("nothing");
        return null;
    }

    @Override
    public String attachments() {
        enter("attachments");
        Map<String, String> sorted = new TreeMap<>();
        RpcContext.getServerAttachment().getObjectAttachments().forEach((key, value) -> sorted.put(key, String.valueOf(value)));
        return JSON.toJSONString(sorted);
    }

    @Override
    public long calls(String method) {
        AtomicLong count = calls.get(method);
        return count == null ? 0 : count.get();
    }

    private void enter(String method) {
        calls.computeIfAbsent(method, key -> new AtomicLong()).incrementAndGet();
        if (tells) System.err.println("ran " + name + " " + method);
        RpcContext.getServerResponseContext().setAttachment("served-by", name);
    }
}
