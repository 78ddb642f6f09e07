package org.meltemi.demo;

import com.alibaba.com.caucho.hessian.io.Hessian2Input;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;
import org.apache.dubbo.common.utils.ReflectUtils;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;

/**
 * Reads request frames, one behind the other on standard input, as a provider does (DecodeableRpcInvocation, with the types of the
 * descriptor), and prints a line for each: the strings of the head and the attachments, or an error.
 */
final class Reader {
    private static final int HEADER = 16;
    private static final SerializerFactory TYPES = new SerializerFactory();

    private Reader() {}

    static void run() throws IOException {
        TYPES.setAllowNonSerializable(true);
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
        byte[] header = new byte[HEADER];
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, StandardCharsets.UTF_8);
        while (true) {
            try {
                in.readFully(header);
            } catch (EOFException end) {
                out.flush();
                return;
            }
            byte[] body = new byte[(header[12] & 255) << 24 | (header[13] & 255) << 16 | (header[14] & 255) << 8 | header[15] & 255];
            in.readFully(body);
            out.println(read(body).toJSONString(JSONWriter.Feature.WriteMapNullValue));
        }
    }

    private static JSONObject read(byte[] body) {
        try (InputStream bytes = new ByteArrayInputStream(body)) {
            return read(new Hessian2Input(bytes));
        } catch (Throwable broken) {
            // deep values end the stack, large counts the heap: for a server it is one call that failed
            return new JSONObject().fluentPut("error", String.valueOf(broken));
        }
    }

    private static JSONObject read(Hessian2Input in) throws IOException {
        in.setSerializerFactory(TYPES);
        JSONObject line = new JSONObject();
        for (String field : new String[] {"protocol", "path", "version", "method", "types"}) line.put(field, in.readString());
        Matcher types = ReflectUtils.DESC_PATTERN.matcher(line.getString("types"));
        boolean first = true;
        for (; types.find(); first = false) {
            Object value = in.readObject(type(types.group()));
            if (first && value instanceof String text) line.put("first", text.trim());
        }
        JSONObject attachments = new JSONObject();
        Map<?, ?> map = (Map<?, ?>) in.readObject(Map.class);
        if (map != null) map.forEach((key, value) -> { if (key instanceof String name) attachments.put(name, value instanceof String ? value : value == null ? null : true); });
        return line.fluentPut("attachments", attachments);
    }

    private static Class<?> type(String descriptor) {
        try {
            return ReflectUtils.desc2class(descriptor);
        } catch (ClassNotFoundException unknown) {
            return Object.class;
        }
    }
}
