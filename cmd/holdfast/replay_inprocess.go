package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// replayInto runs the replay against the server that is named, or opens the
// database and calls it in this process.
func replayInto(ctx context.Context, cfg replayConfig) (err error) {
	if cfg.DB == "" {
		return runReplay(ctx, cfg)
	}
	if cfg.Transport != "rest" && cfg.Transport != "batch" {
		return replayUsage("--transport %s needs a server: with --db use rest or batch", cfg.Transport)
	}
	if err := checkDSN(cfg.DB); err != nil {
		return replayUsage("%w", err)
	}
	collectLess()
	log := slog.New(slog.NewTextHandler(cfg.errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))
	h, err := openHouse(ctx, booksConfig{db: cfg.DB}, newWitness(""), nil, log, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	var id string
	if id, cfg.Key, err = ownKey(ctx, h.directory); err != nil {
		return err
	}
	cfg.inProcess = h.front.REST()
	return h.run(ctx, func(ctx context.Context) error {
		err := runReplay(ctx, cfg)
		// The key is of no use to anybody once the process has ended.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, revoked := h.directory.RevokeKey(last, catalog.DefaultTenant, id)
		return errors.Join(err, revoked)
	})
}

// ownKey makes an admin key for this process.
func ownKey(ctx context.Context, directory *catalog.Catalog) (id, key string, err error) {
	if _, err := directory.CreateTenant(ctx, catalog.DefaultTenant); err != nil {
		return "", "", fmt.Errorf("create the tenant: %w", err)
	}
	k, key, err := directory.CreateKey(ctx, catalog.KeySpec{Tenant: catalog.DefaultTenant, Scopes: catalog.ScopeAdmin})
	if err != nil {
		return "", "", fmt.Errorf("create a key: %w", err)
	}
	return k.ID, key, nil
}
