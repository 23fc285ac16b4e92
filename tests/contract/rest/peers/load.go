package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Asks for one thing again and again on so many connections at once, for so long; prints "answers failures".
func load(words []string) {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	verb := flags.String("verb", "GET", "the method")
	url := flags.String("url", "", "what is asked for")
	body := flags.String("body", "", "what is sent")
	connections := flags.Int("connections", 64, "at once")
	seconds := flags.Float64("seconds", 1, "for how long")
	flags.Parse(words)

	until := time.Now().Add(time.Duration(*seconds * float64(time.Second)))
	var answers, failures atomic.Int64
	var callers sync.WaitGroup
	for i := 0; i < *connections; i++ {
		callers.Add(1)
		go func() {
			defer callers.Done()
			client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
			for time.Now().Before(until) {
				request, err := http.NewRequest(*verb, *url, strings.NewReader(*body))
				if err != nil {
					die("ask", err)
				}
				answer, err := client.Do(request)
				if err != nil {
					failures.Add(1)
					continue
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					answers.Add(1)
				} else {
					failures.Add(1)
				}
			}
		}()
	}
	callers.Wait()
	fmt.Println(answers.Load(), failures.Load())
}
