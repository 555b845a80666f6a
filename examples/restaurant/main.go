// Restaurant is an order service on Holdfast, with a web page to order from. It keeps no
// orders of its own: what an order is, Holdfast says. README.md shows how to run it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"holdfast.dev/holdfast/client"
)

func main() {
	var (
		address = flag.String("holdfast", "localhost:8081", "gRPC address of Holdfast: the centre's, or a till's")
		listen  = flag.String("listen", "localhost:8095", "address of this service")
		data    = flag.String("data", "data/restaurant", "folder with menu.csv and recipe.csv")
		hold    = flag.Duration("hold", 15*time.Minute, "how long a guest may take to pay")
		tills   = flag.Bool("tills", false, "the stores have tills, which accept and serve what is paid")
	)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *address, *listen, *data, *hold, *tills); err != nil {
		fmt.Fprintln(os.Stderr, "restaurant:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, listen, data string, hold time.Duration, tills bool) error {
	menu, err := readMenu(data)
	if err != nil {
		return err
	}
	stock, err := client.New(address, client.WithKey(os.Getenv("HOLDFAST_KEY")))
	if err != nil {
		return err
	}
	defer stock.Close()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	shop := &orders{stock: stock, menu: menu, hold: hold, tills: tills}
	server := &http.Server{Handler: shop.routes(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Printf("order at http://%s/\n", ln.Addr())
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
