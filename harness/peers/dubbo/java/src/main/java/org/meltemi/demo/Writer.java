package org.meltemi.demo;

import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import com.alibaba.com.caucho.hessian.io.SerializerFactory;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Writes request frames with random arguments and attachments to standard output, as consumers do. Options: --count, --seed. */
final class Writer {
    private static final String[] TYPES = {"Ljava/lang/Object;", "[Ljava/lang/Object;", "I", "[[J", "Ljava/util/Map;", "Z", "Lp/Inner$X;"};

    private final Random random;
    /** What later values may refer to. */
    private final List<Object> made = new ArrayList<>();

    private Writer(Random random) { this.random = random; }

    static void run(Map<String, String> options) throws IOException {
        int count = Integer.parseInt(options.getOrDefault("count", "100"));
        Random random = new Random(Long.parseLong(options.getOrDefault("seed", "1")));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
        for (int n = 0; n < count; n++) {
            byte[] body = new Writer(random).body(n);
            out.writeShort(0xdabb);
            out.writeShort(0xc200);
            out.writeLong(n);
            out.writeInt(body.length);
            out.write(body);
        }
        out.flush();
    }

    private byte[] body(int n) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Hessian2Output out = new Hessian2Output((OutputStream) bytes);
        SerializerFactory types = new SerializerFactory();
        types.setAllowNonSerializable(true);
        out.setSerializerFactory(types);
        StringBuilder descriptor = new StringBuilder();
        List<String> args = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) args.add(TYPES[random.nextInt(TYPES.length)]);
        args.forEach(descriptor::append);
        for (String text : new String[] {"2.0.2", "p.Pub", "1.0.0", "hello", descriptor.toString()}) out.writeString(text);
        for (String type : args) out.writeObject(argument(type));
        Map<String, Object> attachments = new HashMap<>(Map.of("path", "p.Pub", "interface", "p.Pub", "version", "1.0.0", "user", "u" + n, "last", "end" + n));
        attachments.put("nothing", null);
        attachments.put("number", n);
        attachments.put("inner", new HashMap<>(Map.of("user", "inner")));
        if (random.nextBoolean()) attachments.put("any", value(2));
        out.writeObject(attachments);
        out.flush();
        return bytes.toByteArray();
    }

    private Object argument(String type) {
        return switch (type) {
            case "I" -> random.nextInt();
            case "Z" -> random.nextBoolean();
            case "[[J" -> new long[][] {{1, random.nextLong()}, {}};
            case "[Ljava/lang/Object;" -> new Object[] {value(2), value(2)};
            case "Ljava/util/Map;" -> map(2);
            default -> value(3);
        };
    }

    private Object value(int depth) {
        Object value = switch (random.nextInt(depth > 0 ? 19 : 12)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt() >> random.nextInt(32);
            case 3 -> random.nextLong() >> random.nextInt(64);
            case 4 -> new double[] {0, 1, -128, 32767, 0.001, random.nextGaussian(), Double.NaN}[random.nextInt(7)];
            case 5, 6 -> text(40);
            case 7 -> new byte[random.nextInt(40)];
            case 8 -> new Date((random.nextBoolean() ? 60_000L : 1L) * random.nextInt());
            case 9 -> random.nextBoolean() ? new BigDecimal("12.5") : new BigInteger("123456789012345678901");
            case 10 -> random.nextBoolean() ? Locale.CHINA : Color.values()[random.nextInt(3)];
            case 11 -> made.isEmpty() ? null : made.get(random.nextInt(made.size()));
            case 12, 13 -> list(depth);
            case 14, 15 -> map(depth);
            case 16 -> item();
            case 17 -> new IllegalStateException(text(10));
            default -> random.nextBoolean() ? new int[] {1, random.nextInt()} : new String[] {text(5), null};
        };
        if (value != null) made.add(value);
        return value;
    }

    private List<Object> list(int depth) {
        List<Object> list = random.nextBoolean() ? new ArrayList<>() : new LinkedList<>();
        made.add(list);
        for (int i = random.nextInt(10); i > 0; i--) list.add(value(depth - 1));
        return list;
    }

    private Map<Object, Object> map(int depth) {
        Map<Object, Object> map = new HashMap<>();
        made.add(map);
        for (int i = random.nextInt(6); i > 0; i--) map.put(random.nextBoolean() ? text(10) : random.nextInt(), value(depth - 1));
        return map;
    }

    private Item item() {
        Item item = new Item();
        made.add(item);
        item.id = random.nextInt();
        item.name = text(30);
        item.color = Color.RED;
        item.tags = new ArrayList<>(List.of(text(3)));
        if (random.nextBoolean()) item.self = item;
        return item;
    }

    /** Of one kind of characters; now and then with half a surrogate pair. */
    private String text(int most) {
        StringBuilder text = new StringBuilder();
        int kind = random.nextInt(5);
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            switch (kind) {
                case 0 -> text.append((char) (32 + random.nextInt(95)));
                case 1 -> text.append((char) (0x80 + random.nextInt(0x700)));
                case 2 -> text.append((char) (0x800 + random.nextInt(0x4000)));
                case 3 -> text.appendCodePoint(0x1f300 + random.nextInt(0x300));
                default -> text.append((char) (random.nextInt(20) == 0 ? 0xd800 + random.nextInt(0x800) : random.nextInt(128)));
            }
        }
        return text.toString();
    }
}
