/**
 * Unit and an example query of each metric: what a registry does not hold.
 * @type {Readonly<Record<string, { unit: string, query: string }>>}
 */
export const examples = {
  thinkscale_http_requests_total: {
    unit: 'requests',
    query: 'sum by (route, status) (rate(thinkscale_http_requests_total[5m]))',
  },
  thinkscale_requests_total: {
    unit: 'requests',
    query: 'sum by (outcome) (rate(thinkscale_requests_total[5m]))',
  },
  thinkscale_request_duration_seconds: {
    unit: 'seconds',
    query:
      'histogram_quantile(0.95, sum by (le, strategy) (rate(thinkscale_request_duration_seconds_bucket[5m])))',
  },
  thinkscale_time_to_first_token_seconds: {
    unit: 'seconds',
    query: 'histogram_quantile(0.95, sum by (le) (rate(thinkscale_time_to_first_token_seconds_bucket[5m])))',
  },
  thinkscale_inter_token_seconds: {
    unit: 'seconds',
    query: 'histogram_quantile(0.5, sum by (le) (rate(thinkscale_inter_token_seconds_bucket[5m])))',
  },
  thinkscale_queue_wait_seconds: {
    unit: 'seconds',
    query: 'rate(thinkscale_queue_wait_seconds_sum[5m]) / rate(thinkscale_queue_wait_seconds_count[5m])',
  },
  thinkscale_server_overhead_seconds: {
    unit: 'seconds',
    query: 'histogram_quantile(0.99, sum by (le) (rate(thinkscale_server_overhead_seconds_bucket[5m])))',
  },
  thinkscale_requests_running: { unit: 'requests', query: 'sum(thinkscale_requests_running)' },
  thinkscale_requests_queued: {
    unit: 'requests',
    query: 'thinkscale_requests_queued / thinkscale_queue_limit_requests',
  },
  thinkscale_queued_tokens: { unit: 'tokens', query: 'max_over_time(thinkscale_queued_tokens[10m])' },
  thinkscale_queue_limit_requests: {
    unit: 'requests',
    query: 'thinkscale_queue_limit_requests - thinkscale_requests_queued',
  },
  thinkscale_draining: { unit: '0 or 1', query: 'sum(thinkscale_draining)' },
  thinkscale_tokens_total: {
    unit: 'tokens',
    query: 'sum by (kind) (rate(thinkscale_tokens_total[5m]))',
  },
  thinkscale_samples_drawn_total: {
    unit: 'samples',
    query: 'sum by (stop_reason) (increase(thinkscale_samples_drawn_total[1h]))',
  },
  thinkscale_samples_cancelled_total: {
    unit: 'samples',
    query:
      'sum(rate(thinkscale_samples_cancelled_total[5m])) / sum(rate(thinkscale_samples_drawn_total[5m]))',
  },
  thinkscale_agreement_ratio: {
    unit: 'share, 0 to 1',
    query: 'rate(thinkscale_agreement_ratio_sum[1h]) / rate(thinkscale_agreement_ratio_count[1h])',
  },
  thinkscale_verifier_score: {
    unit: 'the verifier’s own',
    query: 'histogram_quantile(0.5, sum by (le, verifier) (rate(thinkscale_verifier_score_bucket[1h])))',
  },
  thinkscale_budget_exhausted_total: {
    unit: 'requests',
    query: 'sum by (resource) (increase(thinkscale_budget_exhausted_total[1h]))',
  },
  thinkscale_flops_total: {
    unit: 'floating-point operations',
    query: 'sum by (model) (rate(thinkscale_flops_total[5m]))',
  },
  thinkscale_kv_cells: {
    unit: 'cells',
    query: 'sum by (model) (thinkscale_kv_cells{state="used"}) / sum by (model) (thinkscale_kv_cells)',
  },
  thinkscale_branches: { unit: 'branches', query: 'sum by (model) (thinkscale_branches)' },
  thinkscale_engine_restarts_total: {
    unit: 'restarts',
    query: 'increase(thinkscale_engine_restarts_total[1h]) > 0',
  },
  thinkscale_run_info: { unit: '1', query: 'thinkscale_run_info' },
  thinkscale_run_pools: { unit: 'pools', query: 'thinkscale_run_pools_done / thinkscale_run_pools' },
  thinkscale_run_pools_done: {
    unit: 'pools',
    query: 'deriv(thinkscale_run_pools_done[15m]) * 3600',
  },
  thinkscale_run_samples_total: {
    unit: 'samples',
    query: 'sum by (run, source) (thinkscale_run_samples_total)',
  },
  thinkscale_run_tokens_total: {
    unit: 'tokens',
    query: 'sum by (run) (rate(thinkscale_run_tokens_total[1m]))',
  },
  thinkscale_run_remaining_seconds: {
    unit: 'seconds',
    query: 'time() + thinkscale_run_remaining_seconds',
  },
  thinkscale_run_accuracy_ratio: {
    unit: 'share, 0 to 1',
    query: 'max by (strategy) (thinkscale_run_accuracy_ratio)',
  },
  thinkscale_run_trials_graded: {
    unit: 'trials',
    query: 'sum by (run, strategy) (thinkscale_run_trials_graded)',
  },
};
