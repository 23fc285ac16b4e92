// A gRPC server over TLS, whose certificate is read anew for each connection.
package main

import (
	"crypto/tls"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
	return &pair, err
}

func main() {
	listener, err := net.Listen("tcp", ":50051")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{GetCertificate: certificate})))
	status := health.NewServer() // SERVING for the empty name
	grpc_health_v1.RegisterHealthServer(server, status)
	// Your services are registered here.

	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	go func() {
		<-asked
		status.Shutdown() // NOT_SERVING, so that callers go elsewhere
		time.Sleep(500 * time.Millisecond)
		server.GracefulStop()
	}()
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
