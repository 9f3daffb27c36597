package revcam.linklab;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** A report in one file: style, the chart library, data and the script that draws them, with nothing to fetch. */
public final class HtmlPage {

    /** JSON knows no NaN; and of a measured double five digits are plenty. */
    private static final TypeAdapter<Double> SHORT = new TypeAdapter<>() {
        @Override
        public void write(JsonWriter out, Double value) throws IOException {
            if (value == null || value.isNaN() || value.isInfinite()) {
                out.nullValue();
            } else {
                out.value(new BigDecimal(value).round(new MathContext(5)).stripTrailingZeros());
            }
        }

        @Override
        public Double read(JsonReader in) {
            throw new UnsupportedOperationException();
        }
    };

    /** What a report writes: short numbers, null for NaN. */
    public static final Gson JSON = new GsonBuilder().registerTypeAdapter(double.class, SHORT)
            .registerTypeAdapter(Double.class, SHORT).serializeNulls().disableHtmlEscaping().create();

    private HtmlPage() {}

    /**
     * @param body HTML that the script fills
     * @param css beside what all pages share
     * @param script finds uPlot, {@code DATA} and the functions of page.js
     * @param json the data
     */
    public static String of(String title, String body, String css, String script, String json) throws IOException {
        Properties webjar = new Properties();
        webjar.load(new StringReader(text(HtmlPage.class, "/META-INF/maven/org.webjars.npm/uplot/pom.properties")));
        String uplot = "/META-INF/resources/webjars/uplot/" + webjar.getProperty("version") + "/dist/";
        // A script ends at the first "</script", whatever it is in.
        return text(HtmlPage.class, "page.html")
                .replace("/*title*/", title)
                .replace("/*body*/", body)
                .replace("/*uPlot.css*/", text(HtmlPage.class, uplot + "uPlot.min.css"))
                .replace("/*uPlot.js*/", text(HtmlPage.class, uplot + "uPlot.iife.min.js"))
                .replace("/*page.css*/", css)
                .replace("/*page.js*/", text(HtmlPage.class, "page.js"))
                .replace("/*report.js*/", script)
                .replace("\"data\"", json.replace("</", "<\\/"));
    }

    /** A resource beside a class. */
    public static String text(Class<?> beside, String name) throws IOException {
        try (InputStream in = beside.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
