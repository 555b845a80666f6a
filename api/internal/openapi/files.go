package main

// addFiles adds the paths of imports and exports, which are plain HTTP: what
// travels are files, not messages of the definition.
func addFiles(paths, schemas map[string]any) {
	schemas["Import"] = importSchema()
	schemas["Flaw"] = map[string]any{
		"type":        "object",
		"description": "What is wrong with a row, or with a file.",
		"properties": map[string]any{
			"line":   map[string]any{"type": "integer", "description": "Line of a CSV file or row of a sheet, from 1; left out when it is none in particular."},
			"column": map[string]any{"type": "string", "description": "The heading as the file has it, or the number of the cell."},
			"code":   map[string]any{"type": "string"},
			"reason": map[string]any{"type": "string"},
		},
		"required": []any{"code", "reason"},
	}
	paths["/v1/imports"] = map[string]any{"post": importOperation(), "get": fileOperation("ListImports",
		"The imports of the last seven days that this server has the files of, the newest first.",
		refusals{names: true}, jsonAnswer("ImportList"), query("page_size", false, map[string]any{"type": "integer", "minimum": 1, "maximum": 200, "default": 50}), common("RequestId"), common("After"))}
	schemas["ImportList"] = map[string]any{
		"type":       "object",
		"properties": map[string]any{"items": map[string]any{"type": "array", "items": map[string]any{"$ref": "#/components/schemas/Import"}}},
		"required":   []any{"items"},
	}
	paths["/v1/imports/{import_id}"] = map[string]any{"get": fileOperation("GetImport", "How far an import is.",
		refusals{names: true}, importAnswer(false), importID(), waitSeconds(), common("RequestId"), common("After"))}
	paths["/v1/imports/{import_id}/result"] = map[string]any{"get": fileOperation("GetImportResult",
		"The rows that were refused, each with line, column, reason, code and its own cells. 409 while the import is under way.",
		refusals{names: true, state: true}, tableAnswer(), importID(), common("RequestId"), common("After"))}
	paths["/v1/exports"] = map[string]any{"get": fileOperation("ExportFile",
		"A table. Levels and thresholds are one snapshot of the books, the journal goes up to the moment of the call: Holdfast-Position says where that is. Where the books are in several slots, levels show at least that.",
		refusals{names: true, limited: true}, tableAnswer(),
		query("kind", true, words("products", "levels", "thresholds", "journal", "locations", "kits", "quotas", "transfers", "lots", "reservations")),
		query("format", false, words("csv", "xlsx")),
		query("encoding", false, words("utf-8", "utf-8-bom", "gb18030")),
		query("location_id", false, map[string]any{"type": "string", "maxLength": 64}),
		query("product_id", false, map[string]any{"type": "string", "maxLength": 128}),
		query("since", false, moment()), query("until", false, moment()),
		common("RequestId"), common("After"))}
}

// encodings are those of files that come in.
var encodings = []any{"utf-8", "utf-8-bom", "gb18030", "windows-1252", "windows-1251", "shift_jis", "big5", "macintosh"}

func importOperation() map[string]any {
	o := fileOperation("ImportFile", "Takes a file of up to 1 GiB in and answers its import, which goes on by itself. Without Idempotency-Key the content names it.",
		refusals{state: true, body: true, keyed: true, limited: true}, importAnswer(true),
		query("kind", true, words("products", "levels", "thresholds", "locations", "kits", "quotas", "transfers", "lots")),
		query("mode", false, words("each", "all")),
		query("dry_run", false, map[string]any{"type": "boolean", "default": false}),
		query("format", false, words("csv", "xlsx")),
		query("encoding", false, words(encodings...)),
		query("decimal", false, map[string]any{"type": "string", "enum": []any{".", ","}, "description": "The sign that begins a fraction; the other one groups thousands. Without it, a number that can be read in two ways (1.000) is refused."}),
		query("map", false, map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "maxItems": 100, "description": "HEADING=COLUMN: a heading of the file and the column it stands for, such as SKU=product_id."}),
		query("ignore_others", false, map[string]any{"type": "boolean", "default": false, "description": "Ignore columns that are not known."}),
		query("new", false, map[string]any{"type": "string", "enum": []any{"allow", "refuse"}, "default": "allow", "description": "What becomes of a row that would open a product, a location or a lot. Where the encoding was guessed, it is refused in any case."}),
		query("digests", false, words("logical", "batch")),
		query("digest_separator", false, map[string]any{"type": "string", "maxLength": 8, "default": "_"}),
		waitSeconds(), common("RequestId"), common("After"), common("IdempotencyKey"), common("Operator"))
	// One media type for all files: generators of clients have no form for a body
	// that may be of several.
	o["requestBody"] = map[string]any{
		"required": true, "description": "The file itself. Its own media type, such as text/csv, is taken as well.",
		"content": map[string]any{"application/octet-stream": file()},
	}
	return o
}

// sheetType is the media type of a workbook.
const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// file is a body that is not JSON, in the form that generators of clients read.
func file() map[string]any {
	return map[string]any{"schema": map[string]any{"type": "string", "format": "binary"}}
}

func fileOperation(id, about string, r refusals, answer map[string]any, parameters ...any) map[string]any {
	all := problems(r)
	all["200"] = answer
	return map[string]any{
		"tags": []any{"Files"}, "operationId": id, "summary": id, "description": about, "parameters": parameters,
		"security":  []any{map[string]any{"key": []any{"admin"}}},
		"responses": all,
	}
}

func importAnswer(write bool) map[string]any {
	headers := map[string]any{"X-Request-Id": header("RequestId")}
	if write {
		headers["Idempotency-Replayed"] = header("Replayed")
	}
	return map[string]any{
		"description": "Done.", "headers": headers,
		"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Import"}}},
	}
}

// jsonAnswer is an answer of this schema.
func jsonAnswer(schema string) map[string]any {
	return map[string]any{
		"description": "Done.", "headers": map[string]any{"X-Request-Id": header("RequestId")},
		"content": map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/" + schema}}},
	}
}

func tableAnswer() map[string]any {
	return map[string]any{
		"description": "The whole file.",
		"headers": map[string]any{
			"X-Request-Id":      header("RequestId"),
			"Holdfast-Position": header("Position"),
			"Holdfast-Rows":     map[string]any{"description": "Rows without the heading.", "schema": map[string]any{"type": "integer"}},
		},
		"content": map[string]any{"text/csv": file(), sheetType: file()},
	}
}

func importSchema() map[string]any {
	count := func(about string) map[string]any {
		return map[string]any{"type": "integer", "minimum": 0, "description": about}
	}
	return map[string]any{
		"type": "object",
		"properties": map[string]any{
			"import_id": map[string]any{"type": "string"},
			"kind":      words("products", "levels", "thresholds", "locations", "kits", "quotas", "transfers", "lots"),
			"mode":      words("each", "all"),
			"dry_run":   map[string]any{"type": "boolean"},
			"state": map[string]any{
				"type": "string", "enum": []any{"queued", "running", "done", "refused", "stopped", "failed"},
				"description": "refused: nothing was applied. stopped: the books moved under an all-or-nothing import; the first done rows were applied but those in the result. failed: the store took no writes; the same file sent again goes on.",
			},
			"format":    words("csv", "xlsx"),
			"encoding":  words(encodings...),
			"rows":      count("Rows of the file, 0 until it has been read once."),
			"done":      count("Rows that were looked at."),
			"applied":   count("Rows that changed something; in a dry run, that would."),
			"unchanged": count("Rows that were true already."),
			"refused":   count("Bad rows, listed in the result."),
			"opened": map[string]any{
				"type": "object", "description": "What the import made known; in a dry run, what it would.",
				"properties": map[string]any{"products": count("New products."), "locations": count("New locations."), "lots": count("New lots of items.")},
				"required":   []any{"products", "locations", "lots"},
			},
			"accepted_at": moment(), "started_at": moment(), "finished_at": moment(),
			"result":  map[string]any{"type": "string", "description": "The path of the list of refused rows, once it is complete."},
			"problem": map[string]any{"$ref": "#/components/schemas/Flaw"},
		},
		"required": []any{"import_id", "kind", "mode", "dry_run", "state", "rows", "done", "applied", "unchanged", "refused", "opened", "accepted_at"},
	}
}

func query(name string, required bool, schema map[string]any) map[string]any {
	p := map[string]any{"name": name, "in": "query", "schema": schema}
	if required {
		p["required"] = true
	}
	return p
}

func importID() map[string]any {
	return map[string]any{"name": "import_id", "in": "path", "required": true, "schema": map[string]any{"type": "string"}}
}

func waitSeconds() map[string]any {
	return map[string]any{
		"name": "wait_seconds", "in": "query", "description": "How long to wait for the end of the import before answering.",
		"schema": map[string]any{"type": "integer", "minimum": 0, "maximum": 30, "default": 0},
	}
}

func common(name string) map[string]any {
	return map[string]any{"$ref": "#/components/parameters/" + name}
}

func words(list ...any) map[string]any { return map[string]any{"type": "string", "enum": list} }

func moment() map[string]any { return map[string]any{"type": "string", "format": "date-time"} }
