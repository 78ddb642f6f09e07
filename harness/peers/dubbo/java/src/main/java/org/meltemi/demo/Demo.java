package org.meltemi.demo;

import java.util.Date;
import java.util.List;
import java.util.Map;

/** The service that the real servers offer and the real clients call. */
public interface Demo {
    String hello(String name);

    Item echo(Item item);

    /** Returns all arguments by name, so that every hessian2 type goes both ways. */
    Map<String, Object> mix(Map<String, Object> map, List<Object> list, long big, double real, byte[] bytes, Date date);

    /** Always throws DemoException with this text. */
    void boom(String text);

    /** Answers `tag` after `millis`. */
    String slow(long millis, String tag);

    /** The server's name. */
    String whoami();

    /** Always null. */
    String nothing();

    /** The attachments that arrived with this call, as one JSON object with sorted keys. */
    String attachments();

    /** How often `method` was called on this server; the calls of `calls` itself are not counted. */
    long calls(String method);
}
