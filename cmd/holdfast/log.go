package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace"
)

// logConfig says how a server logs.
type logConfig struct{ level, format string }

func (c *logConfig) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.level, "log-level", "info", "what to log: debug (each call too), info, warn or error")
	cmd.Flags().StringVar(&c.format, "log-format", "auto", "how to log: json, text, or auto (text on a terminal, else json)")
}

// open returns the log that writes to w.
func (c *logConfig) open(w io.Writer, traced bool) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.level)); err != nil {
		return nil, fmt.Errorf("--log-level %q is none of debug, info, warn, error", c.level)
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	var h slog.Handler
	// Both forms escape characters that could begin a new line.
	switch file, _ := w.(*os.File); {
	case c.format == "json", c.format == "auto" && (file == nil || !isatty.IsTerminal(file.Fd())):
		h = slog.NewJSONHandler(w, options)
	case c.format == "text", c.format == "auto":
		h = slog.NewTextHandler(w, options)
	default:
		return nil, fmt.Errorf("--log-format %q is none of auto, json, text", c.format)
	}
	if traced {
		h = tracedLog{h}
	}
	return slog.New(h), nil
}

// hidden replaces a credential.
const hidden = "(not shown)"

var (
	// printedKey is an API key as it is printed once (catalog.CreateKey); the
	// id in its middle may be shown.
	printedKey = regexp.MustCompile(`(hf_[0-9a-hjkmnp-tv-z]{8}_)[0-9a-hjkmnp-tv-z]{16,}`)
	// authorization is the value of that header, in the middle of a text.
	authorization = regexp.MustCompile(`(?i)\b(bearer|authorization: *basic) +[^\s",;]+`)
)

// redact is a slog.ReplaceAttr that removes credentials: values under the name of a
// credential, and parts of a text with the form of one, such as the password of a DSN. It
// does not search for known secrets: a short one would match the middle of words. Nothing
// should log a credential; this is the safety net.
func redact(_ []string, a slog.Attr) slog.Attr {
	if credential(a.Key) {
		return slog.String(a.Key, hidden)
	}
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(redactText(a.Value.String()))
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case *slog.Source:
		case error:
			a.Value = slog.StringValue(redactText(v.Error()))
		default:
			a.Value = slog.StringValue(redactText(fmt.Sprint(v)))
		}
	}
	return a
}

// redactText is the text without parts that have the form of a credential.
func redactText(s string) string {
	if strings.Contains(s, "hf_") {
		s = printedKey.ReplaceAllString(s, "${1}…")
	}
	if strings.Contains(s, "://") {
		s = credentials.ReplaceAllString(s, "://${1}:xxxxx@")
	}
	return authorization.ReplaceAllString(s, "$1 "+hidden)
}

// credential reports that an attribute's name is that of a credential.
func credential(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"authorization", "cookie", "password", "secret", "token", "bearer", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "key" || strings.HasSuffix(name, "_key") || strings.HasSuffix(name, "-key")
}

// tracedLog adds the trace to log lines of a traced call.
type tracedLog struct{ slog.Handler }

// Handle is Handle of the wrapped handler.
func (t tracedLog) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsSampled() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs is WithAttrs of the wrapped handler.
func (t tracedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracedLog{t.Handler.WithAttrs(attrs)}
}

// WithGroup is WithGroup of the wrapped handler.
func (t tracedLog) WithGroup(name string) slog.Handler { return tracedLog{t.Handler.WithGroup(name)} }
