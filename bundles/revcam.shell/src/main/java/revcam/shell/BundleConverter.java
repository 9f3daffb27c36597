package revcam.shell;

import java.util.Arrays;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Lets the framework's own commands, such as {@code stop} and {@code headers}, be given a bundle by its number or its symbolic
 * name. Gogo keeps its own such converter in its own shell, which this one replaces. Any thread.
 */
@Component
public final class BundleConverter implements Converter {

    private final BundleContext context;

    @Activate
    public BundleConverter(BundleContext context) {
        this.context = context;
    }

    /** @return null, for "not by me", when there is no such bundle */
    @Override
    public Object convert(Class<?> desired, Object in) {
        if (desired != Bundle.class) {
            return null;
        }
        String text = in.toString();
        if (text.matches("\\d{1,18}")) {
            return context.getBundle(Long.parseLong(text));
        }
        return Arrays.stream(context.getBundles()).filter(bundle -> text.equals(bundle.getSymbolicName())).findFirst().orElse(null);
    }

    @Override
    public CharSequence format(Object target, int level, Converter escape) {
        return null;
    }
}
