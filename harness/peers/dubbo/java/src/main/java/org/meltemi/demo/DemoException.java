package org.meltemi.demo;

/** What `boom` throws; known to both sides, so that Dubbo sends it as it is. */
public class DemoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DemoException() {}

    public DemoException(String text) { super(text); }
}
