//! What AWS may be asked, counted; never timed.

#[path = "../bench/aws.rs"]
mod aws;

#[tokio::test(start_paused = true)]
async fn calls_keep_their_budgets() {
    let figures = aws::figures().await;
    let over = figures.iter().filter(|figure| figure.calls > figure.most);
    let over: Vec<String> = over
        .map(|aws::Figure { what, calls, most }| format!("{what}: {calls}, at most {most}"))
        .collect();
    assert!(over.is_empty(), "{over:#?}");
}

/// Primary and secondary trade places at once: there is never a moment without both.
#[tokio::test(start_paused = true)]
async fn a_swap_is_one_change() {
    let counter = aws::Counter::new();
    counter.apply(&aws::pairs(1, ["one", "two"], "192.0.2.1")).await;
    let swapped = counter.apply(&aws::pairs(1, ["two", "one"], "192.0.2.1")).await;
    assert_eq!(swapped.changes, 1, "{swapped:?}");
}
