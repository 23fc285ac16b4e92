// A stock grpc-java server (Netty) with its own health service; nothing is set but the port. See ../README.md.
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;

public final class StockServer {
  public static void main(String[] arguments) throws Exception {
    HealthStatusManager health = new HealthStatusManager();
    health.setStatus("toggled", ServingStatus.SERVING);
    Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
        .addService(health.getHealthService()).build().start();
    // The version is asked of the library that answers.
    System.out.println("version " + io.grpc.internal.GrpcUtil.getGrpcBuildVersion().getImplementationVersion());
    System.out.println("port " + server.getPort());

    BufferedReader words = new BufferedReader(new InputStreamReader(System.in));
    for (String word = words.readLine(); word != null; word = words.readLine()) {
      health.setStatus("toggled", word.equals("serving") ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
      System.out.println(word);
    }
    System.exit(0);
  }
}
