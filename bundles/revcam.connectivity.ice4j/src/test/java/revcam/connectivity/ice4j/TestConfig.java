package revcam.connectivity.ice4j;

import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.util.Map;

/** The component's configuration: its defaults and what a test sets. */
final class TestConfig {

    private TestConfig() {}

    static Ice4jConnectivityFactory.Config of(Map<String, Object> values) {
        Class<?> type = Ice4jConnectivityFactory.Config.class;
        return (Ice4jConnectivityFactory.Config) Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type, Annotation.class},
                (proxy, method, arguments) -> values.getOrDefault(method.getName(), method.getDefaultValue()));
    }
}
