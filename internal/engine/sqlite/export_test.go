package sqlite

// WithMoveAt moves the log into the file when it has n pages.
func WithMoveAt(n int) Option { return func(e *Engine) { e.moveAt = n } }
