-- gross + discount + tax = net in every order, to the last decimal
select order_key
from {{ ref('fct_orders') }}
where gross_item_sales_amount + item_discount_amount + item_tax_amount <> net_item_sales_amount
