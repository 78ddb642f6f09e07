package org.meltemi.demo;

import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** JSON lines on standard output, whole lines only. */
final class Lines {
    private static final PrintStream OUT = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8);

    private Lines() {}

    static synchronized void print(JSONObject line) {
        OUT.println(line.toJSONString(JSONWriter.Feature.WriteMapNullValue));
    }
}
