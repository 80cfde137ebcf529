-- the segments together make what the orders make
select *
from (
    select
        (select sum(net_item_sales_amount) from {{ ref('foundational_project', 'fct_orders') }}) as orders,
        (select sum(net_revenue) from {{ ref('agg_segment_revenue') }}) as segments
) as summed
where orders <> segments
