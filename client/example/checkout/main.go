// Checkout lets 256 goroutines reserve one unit after another for five seconds,
// each by itself: go run ./client/example/checkout localhost:8081 "$KEY" mug
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/client"
)

func main() {
	shop, err := client.New(os.Args[1], client.WithKey(os.Args[2]))
	if err != nil {
		panic(err)
	}
	defer shop.Close()
	var sold, soldOut, failed atomic.Int64
	var buyers sync.WaitGroup
	begun := time.Now()
	for id := range 256 {
		buyers.Go(func() {
			for n := 0; time.Since(begun) < 5*time.Second; n++ {
				order := fmt.Sprintf("%d-%d-%d", begun.UnixNano(), id, n)
				_, err := shop.Reserve(context.Background(), client.Reserve{OrderID: order, ProductID: os.Args[3], Quantity: 1})
				switch {
				case err == nil:
					sold.Add(1)
				case errors.Is(err, client.ErrInsufficientStock):
					soldOut.Add(1)
				default:
					failed.Add(1)
					fmt.Fprintln(os.Stderr, err)
				}
			}
		})
	}
	buyers.Wait()
	fmt.Println(sold.Load(), "sold,", soldOut.Load(), "came too late,", failed.Load(), "failed")
}
