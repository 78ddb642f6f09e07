package org.meltemi.demo;

import javassist.ClassPool;
import javassist.CtClass;
import javassist.LoaderClassPath;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;

/** Demo under any interface name, so that a test can have several services without a class for each. */
final class Interfaces {
    private Interfaces() {}

    static Class<?> named(String name) throws Exception {
        if (name.equals(Demo.class.getName())) return Demo.class;
        ClassPool pool = new ClassPool(true);
        pool.appendClassPath(new LoaderClassPath(Demo.class.getClassLoader()));
        CtClass made = pool.makeInterface(name, pool.get(Demo.class.getName()));
        return made.toClass(Demo.class.getClassLoader(), Demo.class.getProtectionDomain());
    }

    static Object as(Class<?> type, Demo demo) {
        if (type.isInstance(demo)) return demo;
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
            try {
                return method.invoke(demo, args);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        });
    }

    static List<String> methods() {
        return Arrays.stream(Demo.class.getMethods()).map(Method::getName).toList();
    }

    static Method method(String name) {
        return Arrays.stream(Demo.class.getMethods()).filter(method -> method.getName().equals(name)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no method " + name + " in " + Demo.class.getName() + "; allowed without generic: " + methods()));
    }
}
