package main

import (
	"fmt"

	"holdfast.dev/holdfast/internal/server"
)

// secretKeyEnv is what secrets of sinks are encrypted with. Like the bootstrap key it
// has no flag.
const secretKeyEnv = envPrefix + "SECRET_KEY"

// sealing is the option that has servers keep secrets, none where there is no key.
func sealing(environ []string) ([]server.Option, error) {
	sealer, err := sealerOf(environ)
	if err != nil || sealer == nil {
		return nil, err
	}
	return []server.Option{server.WithSealer(sealer)}, nil
}

// sealerOf is what secrets are encrypted with, nil where there is no key.
func sealerOf(environ []string) (*server.Sealer, error) {
	text := variable(environ, secretKeyEnv)
	if text == "" {
		return nil, nil
	}
	sealer, err := server.ParseSealer(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", secretKeyEnv, err)
	}
	return sealer, nil
}
