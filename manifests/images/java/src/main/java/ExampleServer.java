// A gRPC server, in plaintext.
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.concurrent.TimeUnit;

public final class ExampleServer {
  private static final int SECONDS_TO_FINISH = 9; // less than the ten after which the engine kills

  public static void main(String[] arguments) throws Exception {
    HealthStatusManager status = new HealthStatusManager(); // SERVING for the empty name
    Server server = NettyServerBuilder.forPort(50051)
        .addService(status.getHealthService())
        // Your services are registered here.
        .build().start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      status.enterTerminalState(); // NOT_SERVING, so that callers go elsewhere
      try {
        Thread.sleep(500);
        server.shutdown().awaitTermination(SECONDS_TO_FINISH, TimeUnit.SECONDS);
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }));
    server.awaitTermination();
  }
}
