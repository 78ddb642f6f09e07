package org.meltemi.demo;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;

import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON of the command lines to Java values and back: bytes are base64, dates are milliseconds, `self: true` is a reference to the object itself. */
final class Values {
    private static final String NUMBER = "{n}";

    private Values() {}

    static Object[] arguments(Method method, JSONArray args) {
        Type[] types = method.getGenericParameterTypes();
        if (types.length != args.size()) throw new IllegalArgumentException(method.getName() + " takes " + types.length + " arguments, found " + args.size());
        Object[] values = new Object[types.length];
        for (int i = 0; i < types.length; i++) values[i] = argument(method.getParameterTypes()[i], args, i);
        return values;
    }

    /** As `arguments`, with an Item as the map that generic callers send. */
    static Object[] genericArguments(Method method, JSONArray args) {
        Object[] values = arguments(method, args);
        for (int i = 0; i < values.length; i++) if (values[i] instanceof Item item) values[i] = genericItem(item);
        return values;
    }

    private static Object argument(Class<?> type, JSONArray args, int i) {
        if (args.get(i) == null) return null;
        if (type == long.class) return args.getLongValue(i);
        if (type == double.class) return args.getDoubleValue(i);
        if (type == byte[].class) return Base64.getDecoder().decode(args.getString(i));
        if (type == Date.class) return new Date(args.getLongValue(i));
        if (type == Item.class) return item(args.getJSONObject(i));
        if (type == Map.class) return new HashMap<>(args.getJSONObject(i));
        if (type == List.class) return new ArrayList<>(args.getJSONArray(i));
        return args.getString(i);
    }

    private static Item item(JSONObject json) {
        boolean self = json.getBooleanValue("self");
        JSONObject fields = new JSONObject(json);
        fields.remove("self");
        Item item = fields.to(Item.class);
        if (item.tags != null) item.tags = new ArrayList<>(item.tags);
        if (self) item.self = item;
        return item;
    }

    private static Map<String, Object> genericItem(Item item) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("class", Item.class.getName());
        map.put("id", item.id);
        map.put("name", item.name);
        map.put("color", item.color == null ? null : item.color.name());
        map.put("tags", item.tags);
        map.put("counts", item.counts);
        if (item.self == item) map.put("self", map);
        return map;
    }

    static Object toJson(Object value) {
        if (value instanceof byte[] bytes) return Base64.getEncoder().encodeToString(bytes);
        if (value instanceof Date date) return date.getTime();
        if (value instanceof Enum<?> one) return one.name();
        if (value instanceof Item item) return toJson(genericItem(item));
        if (value instanceof Map<?, ?> map) {
            JSONObject json = new JSONObject();
            map.forEach((key, each) -> { if (!"class".equals(key)) json.put(String.valueOf(key), each == map ? (Object) true : toJson(each)); });
            return json;
        }
        if (value instanceof Collection<?> list) {
            JSONArray json = new JSONArray();
            list.forEach(each -> json.add(toJson(each)));
            return json;
        }
        return value;
    }

    static String text(Object json) {
        return json instanceof String text ? text : JSON.toJSONString(json, JSONWriter.Feature.WriteMapNullValue);
    }

    static String numberIn(String text, int n) { return text.replace(NUMBER, String.valueOf(n)); }

    static JSONArray numberIn(JSONArray args, int n) {
        JSONArray values = new JSONArray();
        for (Object arg : args) values.add(arg instanceof String text ? numberIn(text, n) : arg);
        return values;
    }

    /** Writes {n} back for the number, so that equal answers count together; an answer to another call is an error. */
    static String numberOut(String answer, Command.Call call, int n) {
        String result = answer;
        for (Object arg : call.args()) {
            if (!(arg instanceof String text) || !text.contains(NUMBER)) continue;
            String sent = numberIn(text, n);
            if (!result.contains(sent)) throw new IllegalStateException("the answer is not that of this call");
            result = result.replace(sent, text);
        }
        return result;
    }
}
