package main

// components are the parts that operations refer to.
func components(schemas map[string]any) map[string]any {
	text := func(s map[string]any) map[string]any {
		s["type"] = "string"
		return s
	}
	parameter := func(name, about string, schema map[string]any) map[string]any {
		return map[string]any{"name": name, "in": "header", "description": about, "schema": schema}
	}
	header := func(about string, schema map[string]any) map[string]any {
		return map[string]any{"description": about, "schema": schema}
	}
	return map[string]any{
		"schemas": schemas,
		"parameters": map[string]any{
			"IdempotencyKey": parameter("Idempotency-Key",
				"The same key with the same request gives the same answer again, with Idempotency-Replayed; with another request it is refused.",
				text(map[string]any{"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"})),
			"After": parameter("Holdfast-After", "A position that a write answered: the call sees at least that.", text(map[string]any{})),
			"DryRun": map[string]any{
				"name": "dry_run", "in": "query", "description": "true: the call is decided and nothing is stored. Idempotency-Key is neither used nor looked up.",
				"schema": map[string]any{"type": "boolean", "default": false},
			},
			"Operator": parameter("X-Holdfast-Operator", "Who did it, for the journal; the key's name when left out.",
				text(map[string]any{"maxLength": 64, "pattern": noControls})),
			"Tenant": parameter("X-Holdfast-Tenant", "The tenant of a call without a key; default when left out.",
				text(map[string]any{"default": "default", "maxLength": 64, "pattern": noControls})),
			"LastEventId": parameter("Last-Event-ID",
				"The id of the last event that came through: the stream goes on behind it. It wins over after.", text(map[string]any{})),
			"RequestId": parameter("X-Request-Id", "Names the call in logs and errors. Made when it is left out, or is not 1 to 128 visible ASCII characters.",
				text(map[string]any{})),
		},
		"headers": map[string]any{
			"RequestId": header("The name of this call in logs and errors.", text(map[string]any{})),
			"Position":  header("A place in the books that shows this write.", text(map[string]any{})),
			"Replayed":  header("true when the answer is that of an earlier call with the same key.", text(map[string]any{"enum": []any{"true"}})),
			"Stale":     header("1 when the answer could not wait for all that was committed.", text(map[string]any{"enum": []any{"1"}})),
		},
		"responses": map[string]any{
			"Problem": map[string]any{
				"description": "Refused or not possible; nothing has changed unless the code is UNAVAILABLE.",
				"headers": map[string]any{
					"X-Request-Id": map[string]any{"$ref": "#/components/headers/RequestId"},
					"Retry-After":  header("Seconds to wait, with 429 and 503.", map[string]any{"type": "integer"}),
				},
				"content": map[string]any{"application/problem+json": map[string]any{
					"schema": map[string]any{"$ref": "#/components/schemas/Problem"},
				}},
			},
		},
		"securitySchemes": map[string]any{
			"key": map[string]any{
				"type": "http", "scheme": "bearer",
				"description": "An API key. admin implies all scopes, internal implies read.",
			},
		},
	}
}
