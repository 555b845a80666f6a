package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/console"
	"holdfast.dev/holdfast/internal/server"
)

// publicConfig has the settings of the public ports.
type publicConfig struct {
	rate    float64
	files   server.CertificateFiles
	origins []string
	proxies []string
	prefix  string
	url     string
}

func (c *publicConfig) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Float64Var(&c.rate, "public-rate", 1000, "calls a second that an address may make without a key, 0: no limit")
	f.StringVar(&c.files.Cert, "tls-cert", "", "PEM file with the certificate and its chain: REST and gRPC then speak TLS (read again when it changes, and on SIGHUP)")
	f.StringVar(&c.files.Key, "tls-key", "", "PEM file with the certificate's key")
	f.StringVar(&c.files.ClientCA, "tls-client-ca", "", "PEM file with the authorities whose certificates clients must show")
	f.StringSliceVar(&c.origins, "cors-origins", nil, "web pages that may call from a browser, scheme://host[:port], or * for all (default: none)")
	f.StringVar(&c.prefix, "path-prefix", "", "what stands before all paths for callers behind a proxy, such as /stock (default: what a trusted proxy says in X-Forwarded-Prefix)")
	f.StringVar(&c.url, "public-url", "", "address where people reach this server, https://HOST: notices of alerts then link to the console there (default: they have no link)")
	f.StringSliceVar(&c.proxies, "trusted-proxies", nil, "networks (CIDR) or addresses of the proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are believed (default: none)")
}

// options are the server's. A signal on reload makes it read its certificates again.
func (c *publicConfig) options(log *slog.Logger, reload <-chan os.Signal) ([]server.Option, error) {
	if c.rate < 0 || math.IsNaN(c.rate) {
		return nil, fmt.Errorf("--public-rate %v: write how many calls a second, or 0 for no limit", c.rate)
	}
	opts := []server.Option{server.WithPublicRate(c.rate), server.WithOrigins(c.origins...), server.WithVersion(thisBuild().Version), server.WithConsole(console.Files()), server.WithPathPrefix(c.prefix)}
	if err := server.CheckOrigins(c.origins...); err != nil {
		return nil, fmt.Errorf("--cors-origins: %w", err)
	}
	if err := server.CheckPathPrefix(c.prefix); err != nil {
		return nil, fmt.Errorf("--path-prefix: %w", err)
	}
	if err := checkPublicURL(c.url); err != nil {
		return nil, err
	}
	networks, err := parseNetworks(c.proxies)
	if err != nil {
		return nil, err
	}
	opts = append(opts, server.WithTrustedProxies(networks...))
	if err := c.files.Check(); err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key, --tls-client-ca: %w", err)
	}
	if c.files.Cert == "" {
		return opts, nil
	}
	certificates, err := server.ReadCertificates(c.files, log)
	if err != nil {
		return nil, err
	}
	return append(opts, server.WithCertificates(certificates, reload)), nil
}

// parseNetworks reads networks; an address is a network of one.
func parseNetworks(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, alone := netip.ParseAddr(text)
			if alone != nil {
				return nil, fmt.Errorf("--trusted-proxies %q: must be a network like 10.0.0.0/8 or an address", text)
			}
			p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// hangUp handles SIGHUP when there is nothing to reload: without it the signal would end
// the process.
func hangUp(ctx context.Context, signals <-chan os.Signal, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			log.InfoContext(ctx, "nothing to reload", "signal", "SIGHUP")
		}
	}
}
