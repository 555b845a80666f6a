package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// tracingConfig says where a server's traces go.
type tracingConfig struct {
	endpoint string
	ratio    float64
}

func (c *tracingConfig) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.endpoint, "otlp-endpoint", "", "URL of an OpenTelemetry collector that takes OTLP over HTTP, like http://localhost:4318; the usual OTEL_ variables do as well (default: no traces)")
	cmd.Flags().Float64Var(&c.ratio, "trace-ratio", 0.01, "share of the calls to trace, 0 to 1, where the caller has not decided it")
}

// isOn reports whether traces go anywhere.
func (c *tracingConfig) isOn(environ []string) bool {
	if variable(environ, "OTEL_SDK_DISABLED") == "true" {
		return false
	}
	return c.endpoint != "" || variable(environ, "OTEL_EXPORTER_OTLP_ENDPOINT") != "" || variable(environ, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

func variable(environ []string, name string) string {
	for _, v := range environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// lastSpans bounds how long the end of a process waits for a collector.
const lastSpans = time.Second

// open returns the provider of traces, and a function that sends the last of them. Without a
// collector it returns nil: then nothing reads traces.
func (c *tracingConfig) open(ctx context.Context, environ []string, log *slog.Logger) (trace.TracerProvider, func(), error) {
	if !c.isOn(environ) {
		return nil, func() {}, nil
	}
	if c.ratio < 0 || c.ratio > 1 {
		return nil, nil, fmt.Errorf("--trace-ratio %v: must be 0 to 1", c.ratio)
	}
	var to []otlptracehttp.Option
	if c.endpoint != "" {
		u, err := url.Parse(c.endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, nil, fmt.Errorf("--otlp-endpoint %q: must be a URL like http://localhost:4318", c.endpoint)
		}
		if u.Path == "" || u.Path == "/" {
			u.Path = "/v1/traces"
		}
		to = append(to, otlptracehttp.WithEndpointURL(u.String()))
	}
	exporter, err := otlptracehttp.New(ctx, to...)
	if err != nil {
		return nil, nil, fmt.Errorf("open the traces: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(), resource.WithAttributes(
		attribute.String("service.name", "holdfast"), attribute.String("service.version", thisBuild().Version),
	), resource.WithFromEnv())
	if err != nil {
		log.WarnContext(ctx, "traces say less about this server", "err", err)
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)}
	if variable(environ, "OTEL_TRACES_SAMPLER") == "" {
		options = append(options, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.ratio))))
	}
	provider := sdktrace.NewTracerProvider(options...)
	// The library reports its errors to one place for the whole process, one for each batch that
	// a collector does not accept.
	pace := rate.NewLimiter(rate.Every(10*time.Second), 1)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if pace.Allow() {
			log.Warn("traces are lost", "err", err)
		}
	}))
	return provider, func() {
		ctx, cancel := context.WithTimeout(context.Background(), lastSpans)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last traces are lost", "err", err)
		}
	}, nil
}
