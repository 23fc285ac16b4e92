// A stock grpc-go server with its own health service; nothing is set but the port. See ../README.md.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "listen:", err)
		os.Exit(1)
	}
	server := grpc.NewServer()
	status := health.NewServer()
	status.SetServingStatus("toggled", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, status)
	go server.Serve(listener)
	fmt.Println("version", grpc.Version)
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)

	words := bufio.NewScanner(os.Stdin)
	for words.Scan() {
		said := grpc_health_v1.HealthCheckResponse_NOT_SERVING
		if words.Text() == "serving" {
			said = grpc_health_v1.HealthCheckResponse_SERVING
		}
		status.SetServingStatus("toggled", said)
		fmt.Println(words.Text())
	}
}
