"""What the benches share: processes that end with the bench, configurations, loads and figures."""
