package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode"

	"holdfast.dev/holdfast/internal/catalog"
)

// minBootstrapKey is the least number of characters of a key that nobody can guess by trying:
// 64 bits even when they are hexadecimal digits.
const minBootstrapKey = 16

// exampleKeys stood in documents of this project, or stand in those of others: the first that
// somebody tries.
var exampleKeys = []string{
	"change-me-please", "a-key-of-an-admin-0", "changemechangeme", "change-me-change-me",
	"your-bootstrap-key", "your-secret-key-here", "supersecretsupersecret", "passwordpassword",
}

// checkBootstrapKey returns why a key must not become an admin key.
func checkBootstrapKey(key string) error {
	const instead = `"openssl rand -hex 24" makes one; without it holdfast keys create makes keys`
	switch n := len(key); {
	case n > 0 && n < minBootstrapKey:
		return fmt.Errorf("%s has %d characters and can be guessed: it needs at least %d; %s", bootstrapKeyEnv, n, minBootstrapKey, instead)
	case slices.ContainsFunc(exampleKeys, func(e string) bool { return lettersOf(e) == lettersOf(key) }):
		return fmt.Errorf("%s is a key that everybody knows, of an example: %s", bootstrapKeyEnv, instead)
	}
	return nil
}

// lettersOf is a key without its signs, in lower case: they make no other key of one that everybody knows.
func lettersOf(key string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, key)
}

// bootstrap makes the key of the environment an admin key on an empty database.
func bootstrap(ctx context.Context, directory *catalog.Catalog, environ []string, log *slog.Logger) error {
	key := variable(environ, bootstrapKeyEnv)
	if key == "" {
		return nil
	}
	made, err := directory.Bootstrap(ctx, key)
	if err != nil {
		return fmt.Errorf("%s: %w", bootstrapKeyEnv, err)
	}
	if made {
		log.InfoContext(ctx, "bootstrap key accepted", "tenant", catalog.DefaultTenant)
	}
	return nil
}
