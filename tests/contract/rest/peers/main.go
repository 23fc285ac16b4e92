// The peers of the gateway's tests: a stock grpc-go server that sends back what it was sent, the real grpc-gateway
// before one, and callers of either (load.go). `peers backend [--port N] [--generation N] [--no-reflection]` and `peers gateway ADDRESS`
// listen on free ports of 127.0.0.1 unless told, print `port N`, and end with their standard input; a backend with a
// port of its own, on every address, ends with SIGTERM, after its calls.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"

	pb "fairlead/rest_peers/everything"
)

func die(what string, err error) {
	fmt.Fprintln(os.Stderr, what+":", err)
	os.Exit(1)
}

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		die("listen", err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	return listener
}

func backend(words []string) {
	flags := flag.NewFlagSet("backend", flag.ExitOnError)
	port := flags.Int("port", 0, "on every address; 0: a free one of loopback")
	generation := flags.Int("generation", 1, "of its .proto: 2 has a field and a path more")
	silent := flags.Bool("no-reflection", false, "says nothing of itself")
	flags.Parse(words)

	server := grpc.NewServer()
	pb.RegisterEverywhereServer(server, &everywhere{})
	status := health.NewServer()
	grpc_health_v1.RegisterHealthServer(server, status)
	if !*silent {
		options := reflection.ServerOptions{Services: server, DescriptorResolver: described(*generation)}
		grpc_reflection_v1.RegisterServerReflectionServer(server, reflection.NewServerV1(options))
	}
	address := "127.0.0.1:0"
	if *port != 0 {
		address = fmt.Sprintf(":%d", *port)
	}
	listener := listen(address)
	go func() { die("serve", server.Serve(listener)) }()
	if *port == 0 {
		io.Copy(io.Discard, os.Stdin)
		return
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	<-asked
	status.Shutdown()                  // so that callers go elsewhere
	time.Sleep(500 * time.Millisecond) // until they have heard
	server.GracefulStop()
}

// As its README shows it; methods without a rule are generated, too (generate_unbound_methods). What is set is that
// Grpc-Metadata-X becomes metadata, as it did by default until 2.32.
func gateway(backend string) {
	routes := runtime.NewServeMux(runtime.WithLegacyHeaderMatching())
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if err := pb.RegisterEverywhereHandlerFromEndpoint(context.Background(), routes, backend, options); err != nil {
		die("connect", err)
	}
	listener := listen("127.0.0.1:0")
	go func() { die("serve", http.Serve(listener, routes)) }()
	io.Copy(io.Discard, os.Stdin)
}

func main() {
	switch {
	case len(os.Args) >= 2 && os.Args[1] == "backend":
		backend(os.Args[2:])
	case len(os.Args) == 3 && os.Args[1] == "gateway":
		gateway(os.Args[2])
	case len(os.Args) >= 2 && os.Args[1] == "load":
		load(os.Args[2:])
	default:
		die("start", fmt.Errorf("say backend, gateway ADDRESS, or load"))
	}
}
