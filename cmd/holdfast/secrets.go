package main

import (
	"fmt"

	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/outside"
)

// secretKeyEnv has the key that encrypts the secrets of sinks. Like the bootstrap key it
// has no flag.
const secretKeyEnv = envPrefix + "SECRET_KEY"

// sealing is the option that lets servers keep secrets, none when there is no key.
func sealing(environ []string) ([]server.Option, error) {
	sealer, err := sealerOf(environ)
	if err != nil || sealer == nil {
		return nil, err
	}
	return []server.Option{server.WithSealer(sealer)}, nil
}

// sealerOf encrypts secrets, nil when there is no key.
func sealerOf(environ []string) (*outside.Sealer, error) {
	text := variable(environ, secretKeyEnv)
	if text == "" {
		return nil, nil
	}
	sealer, err := outside.ParseSealer(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", secretKeyEnv, err)
	}
	return sealer, nil
}
