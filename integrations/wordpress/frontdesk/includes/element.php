<?php
/**
 * The element <frontdesk-form>, out of a shortcode or a block.
 *
 * @package Frontdesk
 */

namespace Frontdesk;

defined( 'ABSPATH' ) || exit;

// Those of the element; the address of the server comes from the settings.
const ATTRIBUTES = array( 'form', 'unit', 'lang', 'theme', 'campaign', 'tags', 'label', 'success-url' );
// What the page says of itself: attribute-customer_ab_test_param="2".
const HIDDEN = '/^attribute-[a-z0-9_-]{1,100}$/D';
// Those that the form's own page understands in its query.
const QUERY = array( 'unit', 'lang', 'theme', 'campaign', 'tags' );
// What visitors see without scripts, in the form's language, which need not be that of WordPress.
const LINK = array(
	'cs' => 'Otevřít poptávkový formulář',
	'de' => 'Anfrageformular öffnen',
	'en' => 'Open the enquiry form',
	'hu' => 'Érdeklődési űrlap megnyitása',
	'pl' => 'Otwórz formularz zapytania',
	'sk' => 'Otvoriť dopytový formulár',
	'uk' => 'Відкрити форму запиту',
);

/**
 * Render [frontdesk form="riverside" unit="A.101"].
 *
 * @param array|string $given The attributes; a text where there are none.
 */
function shortcode( $given ): string {
	return element( (array) $given );
}

/**
 * Render the block.
 *
 * @param array $given Its attributes.
 */
function block( array $given ): string {
	$element = element( $given );
	return '' === $element ? '' : '<div ' . get_block_wrapper_attributes() . '>' . $element . '</div>';
}

/**
 * The element with the script that it needs, and in it a link for those without scripts.
 *
 * @param array $given Attributes by their names; those of others, such as `className`, are left out.
 */
function element( array $given ): string {
	$server = option( 'server' );
	$facts  = array_filter( known( $given ) + array( 'form' => option( 'form' ) ), 'strlen' );
	if ( '' === $server || ! isset( $facts['form'] ) ) {
		return missing( $server );
	}
	// An array in the place of `in_footer` means the footer before WordPress 6.3, and more since.
	wp_enqueue_script(
		'frontdesk-embed',
		$server . '/embed.js',
		array(),
		null, // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion -- Frontdesk decides how long it is cached.
		array(
			'in_footer' => true,
			'strategy'  => 'async',
		)
	);
	// With `server`, it works with a script that was bundled, delayed or moved as well.
	$html = '<frontdesk-form server="' . esc_url( $server ) . '"';
	foreach ( $facts as $name => $value ) {
		$html .= ' ' . $name . '="' . esc_attr( $value ) . '"';
	}
	return $html . '>' . way_out( $server, $facts ) . '</frontdesk-form>';
}

/**
 * Those of the given attributes that are the element's, as trimmed texts that are not empty.
 *
 * @param array $given Whatever the shortcode or the block has.
 */
function known( array $given ): array {
	$facts = array();
	foreach ( $given as $name => $value ) {
		$name = (string) $name;
		if ( is_string( $value ) && ( in_array( $name, ATTRIBUTES, true ) || preg_match( HIDDEN, $name ) ) ) {
			$facts[ $name ] = trim( $value );
		}
	}
	return array_filter( $facts, 'strlen' );
}

/**
 * A link to the form's own page.
 *
 * @param string $server The address of Frontdesk.
 * @param array  $facts  The element's attributes.
 */
function way_out( string $server, array $facts ): string {
	$query   = array_intersect_key( $facts, array_flip( QUERY ) ) + array( 'lang' => get_bloginfo( 'language' ) );
	$address = $server . '/forms/' . rawurlencode( $facts['form'] ) . '?' . http_build_query( $query, '', '&', PHP_QUERY_RFC3986 );
	$text    = LINK[ strtolower( substr( $query['lang'], 0, 2 ) ) ] ?? LINK['en'];
	return '<a href="' . esc_url( $address ) . '">' . esc_html( $text ) . '</a>';
}

/**
 * What an author sees in the place of a form that cannot be shown; visitors see nothing.
 *
 * @param string $server The address of Frontdesk; if it is there, the form is missing.
 */
function missing( string $server ): string {
	if ( ! current_user_can( 'edit_posts' ) ) {
		return '';
	}
	$text = '' === $server
		? __( 'Frontdesk: the address of your Frontdesk is missing. An administrator can enter it under Settings → Frontdesk.', 'frontdesk' )
		: __( 'Frontdesk: which form? Name it here, or a default one under Settings → Frontdesk.', 'frontdesk' );
	return '<p><strong>' . esc_html( $text ) . '</strong></p>';
}
