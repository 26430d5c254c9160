import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;

/** Serves a Solr home on 127.0.0.1 (JettySolrRunner knows no other): Solr HOME PORT. */
public class Solr {
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[1]);
    JettyConfig config = JettyConfig.builder().setContext("/solr").setPort(port).build();
    new JettySolrRunner(arguments[0], config).start();
  }
}
